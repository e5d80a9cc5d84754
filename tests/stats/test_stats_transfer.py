"""Does an order hold in another run? Against scipy, by label, and what cannot be compared."""

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr
from stats_tables import METHODS, normal, table

from heatproof.stats.table import ScoreTable
from heatproof.stats.transfer import ALL, transfer


def run(means, metric="m", better="higher"):
    sign = -1 if better == "lower" else 1
    values = {(m, metric): sign * (mean + 0.1 * normal(9, 3)) for m, mean in means.items()}
    return ScoreTable(tuple(means), frozenset(["random"]), (metric,), {metric: better}, values)


def test_correlations_of_the_means():
    one = run({"a": 1, "b": 2, "c": 3, "d": 4, "random": 9})
    other = run({"d": 1, "a": 3, "c": 2, "b": 4, "random": 0})
    (found,) = transfer({"x": one, "y": other})
    a, b = [1, 2, 3, 4], [3, 4, 2, 1]
    assert (found.a, found.b, found.methods) == ("x", "y", 4)
    assert found.spearman == pytest.approx(spearmanr(a, b).statistic)
    assert found.kendall == pytest.approx(kendalltau(a, b).statistic)
    assert found.same_best is False


def test_the_same_order_turned_around_and_reversed():
    up, down = run({"a": 1, "b": 2, "c": 3}), run({"a": 1, "b": 2, "c": 3}, better="lower")
    (found,) = transfer({"x": down, "y": down})
    assert (found.spearman, found.kendall, found.same_best) == (1, pytest.approx(1), True)
    (found,) = transfer({"x": up, "y": run({"a": 3, "b": 2, "c": 1})})
    assert (found.spearman, found.same_best) == (-1, False)
    assert transfer({"x": up, "y": down}) == ()  # the same name, another direction: another metric


def test_several_metrics_have_a_common_order():
    found = transfer({"x": table(n=40), "y": table(n=30), "z": table(n=20)})
    assert len(found) == 9
    assert {t.metric for t in found} == {"insertion", "deletion", ALL}
    assert all(t.methods == len(METHODS) - 2 for t in found)


def test_what_cannot_be_compared():
    (few,) = transfer({"x": run({"a": 1, "b": 2, "c": 3}), "y": run({"a": 1, "b": 2, "z": 3})})
    assert few.why == "undefined: 2 common methods, needs 3"
    (flat,) = transfer({"x": run({"a": 1, "b": 2, "c": 3}), "y": run({"a": 1, "b": 1, "c": 1})})
    assert flat.why == "undefined: all are equal"
    gap = run({"a": 1, "b": 2, "c": 3, "d": 4})
    gap.values["d", "m"][:] = np.nan
    (found,) = transfer({"x": gap, "y": run({"a": 1, "b": 2, "c": 3, "d": 0})})
    assert (found.methods, found.spearman) == (3, 1)
