"""The seven steps on made-up scores whose answer is known."""

import numpy as np
import pytest
from stats_tables import normal

from heatproof.stats.against import Rule
from heatproof.stats.case_study import Limits, case_study, part_of
from heatproof.stats.table import SanityData, ScoreTable

METHODS = ("good", "fair", "poor", "edgy")
STRENGTH = dict(zip((*METHODS, "random"), (3.0, 2.0, 1.0, 2.5, 0.0), strict=True))


def made(n=40, **changes):
    """`sharp` and `double` say the same, `lone` is another matter, `deaf` hears only noise."""
    hard = {m: normal(n, 10 + i) for i, m in enumerate(STRENGTH)}
    values = {}
    for i, (m, strength) in enumerate(STRENGTH.items()):
        values[m, "sharp"] = strength + 0.3 * hard[m]
        values[m, "double"] = -(strength + 0.3 * hard[m] + 0.08 * normal(n, 50 + i))
        values[m, "lone"] = strength + 0.3 * normal(n, 80 + i)
        values[m, "deaf"] = normal(n, 110 + i)
    kept = {m: 0.01 * normal(n, 200 + i) + (0.4 if m == "edgy" else -0.02) for i, m in enumerate(METHODS)}
    standard = {
        "methods": tuple(STRENGTH),
        "controls": frozenset(["random"]),
        "metrics": ("sharp", "double", "lone", "deaf"),
        "better": {"sharp": "higher", "double": "lower", "lone": "higher", "deaf": "higher"},
        "values": values,
        "sanity": {m: SanityData(v) for m, v in kept.items()},
    }
    return ScoreTable(**{**standard, **changes})


def test_all_seven_steps():
    found = case_study(made())
    assert len(found.sample) == 20
    assert len(set(found.sample)) == 20
    assert found.correlations.names == ("sharp", "double", "lone")
    assert {frozenset(g.members) for g in found.groups} == {frozenset(("sharp", "double")), frozenset(("lone",))}
    assert set(found.kept_metrics) in ({"sharp", "lone"}, {"double", "lone"})
    assert found.kept_methods == ("good", "fair", "poor")
    assert all(t.significant for t in found.against)
    assert {t.count for t in found.against} == {40}  # conclusions are drawn on all images
    assert len(found.against) == 6
    assert {(d.a, d.b) for d in found.duels} <= {("good", "fair"), ("good", "poor"), ("fair", "poor")} | {
        ("fair", "good"),
        ("poor", "good"),
        ("poor", "fair"),
    }


def test_every_choice_has_a_reason():
    found = case_study(made())
    reasons = {c.name: c.reason for c in (*found.metrics, *found.methods)}
    assert reasons["deaf"].startswith("alpha ")
    assert reasons["deaf"].endswith(" is not above 0.3: the images do not agree")
    dropped = next(c for c in found.metrics if c.name in ("sharp", "double") and not c.kept)
    stands = next(c for c in found.metrics if c.name in ("sharp", "double") and c.kept)
    assert dropped.reason == f"says the same as {stands.name}, which stands for it"
    assert f"stands for {dropped.name}" in stands.reason
    assert "> 0.05" in reasons["edgy"]
    assert reasons["good"].startswith("similarity of -0.0")


def test_choices_are_made_on_the_sample_only():
    table = made()
    sample = case_study(table, images=12, seed=3).sample
    spoilt = {k: v.copy() for k, v in table.values.items()}
    rest = np.setdiff1d(np.arange(40), sample)
    for column in spoilt.values():
        column[rest] = np.nan
    one, other = case_study(table, images=12, seed=3), case_study(made(values=spoilt), images=12, seed=3)
    assert one.reliability == other.reliability
    assert one.metrics == other.metrics
    assert [t.count for t in other.against] == [12] * len(other.against)


def test_one_sample_for_everything_named_by_the_seed():
    table = made()
    assert case_study(table, seed=1).sample == case_study(table, seed=1).sample
    assert case_study(table, seed=1).sample != case_study(table, seed=2).sample
    assert case_study(table, images=99).sample == tuple(range(40))
    part = part_of(table, (3, 1))
    assert part.scores("good", "lone").tolist() == table.scores("good", "lone")[[3, 1]].tolist()
    assert len(part.sanity["good"].similarity) == 2


def test_limits_and_pairs_of_ones_own():
    limits = Limits(alpha=-1, same=0.999, similarity=0.5, rule=Rule("sign_test", "holm", 0.05))
    found = case_study(made(), limits=limits, pairs=[("good", "edgy")])
    assert found.kept_metrics == ("sharp", "double", "lone", "deaf")
    assert found.kept_methods == METHODS
    assert [(d.metric, d.a, d.b) for d in found.duels] == [(m, "good", "edgy") for m in found.kept_metrics]
    assert case_study(made(), metrics=["lone"]).kept_metrics == ("lone",)


def test_without_a_sanity_check_no_method_is_dropped_and_it_is_said():
    found = case_study(made(sanity={}))
    assert found.kept_methods == METHODS
    assert {c.reason for c in found.methods} == {"parameter randomization was not tested"}


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_images_end_in_words_not_in_errors(n):
    found = case_study(made(n=n))
    assert not any(t.significant for t in found.against)
    assert all(c.reason for c in found.metrics)


def test_a_size_against_the_sign_of_the_similarity():
    turned = {m: SanityData(np.full(40, -0.2 if m == "poor" else 0.0)) for m in METHODS}
    assert "poor" not in case_study(made(sanity=turned)).kept_methods


def test_no_random_control():
    table = made(controls=frozenset())
    assert case_study(table).against == ()
    assert case_study(table).duels == ()
