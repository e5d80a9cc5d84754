"""Outcomes of the parameter randomization test."""

import numpy as np
import pytest
from stats_tables import normal, table

from heatproof.stats.intervals import Bootstrap
from heatproof.stats.judge import judge
from heatproof.stats.sanity import sanity
from heatproof.stats.table import SanityData


def around(mean, spread=0.1, n=30):
    values = normal(n, 1)
    return mean + spread * (values - values.mean())


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (SanityData(around(0.7), None), "fail"),
        (SanityData(around(0.1), 0.95), "pass"),
        (SanityData(around(-0.7), None), "pass"),
        (SanityData(around(0.51), 0.95), "undecided"),
        (SanityData(around(0.49), 0.95), "undecided"),
        (SanityData(around(0.1), 0.49), "undecided"),
        (SanityData(around(0.1), 0.5), "pass"),
        (SanityData(np.array([0.1]), None), "undecided"),
        (SanityData(np.full(9, 0.5), None), "undecided"),
        (SanityData(np.array([np.nan, np.nan]), 0.9), "not tested"),
        (None, "not tested"),
    ],
)
def test_outcome(data, outcome):
    assert sanity("m", data, Bootstrap()).outcome == outcome


def test_holds_the_similarity_its_interval_and_the_floor():
    found = sanity("m", SanityData(np.append(around(0.7), np.nan), 0.9), Bootstrap())
    assert found.similarity == pytest.approx(0.7)
    assert 0.65 < found.low < 0.7 < found.high < 0.75
    assert found.floor == 0.9


def test_the_verdict_names_passing_undecided_and_noisy_methods():
    data = {
        "gradient": SanityData(around(0.1), 0.3),
        "grad_cam": SanityData(around(0.2), None),
        "edges": SanityData(np.ones(30), None),
    }
    verdict = judge(table(n=30, sanity=data))
    assert "HP406 method 'gradient' is too noisy" in "\n".join(verdict.warnings)
    assert "grad_cam passes the parameter randomization test." in verdict.sentences
    assert any(s.startswith("gradient (0.10 [0.0") and "is undecided" in s for s in verdict.sentences)
    outcomes = {s.method: s.outcome for s in verdict.sanity}
    assert outcomes["edges"] == "fail"
    assert outcomes["smooth_taylor"] == "not tested"
    assert not any("edges" in s for s in verdict.sentences), "that a control ignores the model is no news"
