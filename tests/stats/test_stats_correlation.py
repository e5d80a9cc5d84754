"""Correlations of metrics and of methods against scipy, and groups of metrics that say the same."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from stats_tables import normal

from heatproof.stats.correlation import (
    Correlations,
    averaged,
    between_methods,
    between_metrics,
    spearman_matrix,
    strongest,
)
from heatproof.stats.groups import groups
from heatproof.stats.table import ScoreTable


def made(images=30, methods=("a", "b", "random"), **metrics):
    """metric -> (direction, function of the method's place)."""
    values = {(m, name): of(i) for i, m in enumerate(methods) for name, (_, of) in metrics.items()}
    better = {name: direction for name, (direction, _) in metrics.items()}
    return ScoreTable(methods, frozenset(["random"]), tuple(metrics), better, values)


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_scipy_also_with_ties_and_gaps(seed):
    columns = np.round(np.stack([normal(40, s) for s in range(5)], 1) + normal(40, 9)[:, None], 1)
    assert spearman_matrix(columns) == pytest.approx(spearmanr(columns).statistic)
    gaps = np.random.default_rng(seed)
    for place in range(seed % 2, 4):
        columns[gaps.random(40) < 0.1 * place, place] = np.inf if place == 2 else np.nan
    found = spearman_matrix(columns)
    for i in range(5):
        for j in range(5):
            both = np.isfinite(columns[:, i]) & np.isfinite(columns[:, j])
            want = spearmanr(columns[both, i], columns[both, j]).statistic
            assert found[i, j] == pytest.approx(want)
    assert (found == found.T).all()


def test_what_has_no_correlation():
    columns = np.stack([normal(10, 0), np.ones(10), np.where(np.arange(10) < 4, normal(10, 1), np.nan)], 1)
    found = spearman_matrix(columns)
    assert found[0, 0] == 1
    assert np.isnan(found[0, 1:]).all()
    assert np.isnan(found[1:]).all()


def test_metrics_are_turned_so_that_higher_is_better():
    base = [normal(30, i) for i in range(3)]
    table = made(up=("higher", lambda i: base[i]), down=("lower", lambda i: -base[i]), none=("", lambda i: base[i]))
    found = between_metrics(table)
    assert found.names == ("up", "down")
    assert found.mean == pytest.approx(np.ones((2, 2)))
    assert found.count.tolist() == [[3, 3], [3, 3]]
    assert found.spread == pytest.approx(np.zeros((2, 2)), abs=1e-12)


def test_the_mean_over_the_methods_counts_the_defined_ones():
    base = [normal(30, i) for i in range(3)]
    table = made(one=("higher", lambda i: base[i]), two=("higher", lambda i: (base[i], -base[i], np.ones(30))[i]))
    found = between_metrics(table)
    assert found.mean[0, 1] == 0
    assert found.spread[0, 1] == 1
    assert found.count[0, 1] == 2
    assert found.count[1, 1] == 2


def test_methods_are_compared_within_each_metric():
    hard = normal(30, 3)
    table = made(one=("higher", lambda i: hard + 0.01 * i), two=("lower", lambda i: (hard, -hard, hard)[i]))
    found = between_methods(table)
    assert found.mean[0, 1] == pytest.approx(0)
    assert found.mean[0, 2] == pytest.approx(1)


def test_too_few_images():
    found = between_metrics(made(up=("higher", lambda i: normal(3, i)), down=("lower", lambda i: normal(3, i))))
    assert found.why == "undefined: 3 images, needs 5"
    assert np.isnan(found.mean).all()


def test_runs_are_averaged_by_name():
    one = Correlations(("a", "b"), np.array([[1, 0.2], [0.2, 1]]), np.ones((2, 2)), np.zeros((2, 2)))
    other = Correlations(
        ("b", "c", "a"), np.array([[1, 0.5, 0.6], [0.5, 1, np.nan], [0.6, np.nan, 1]]), *[np.ones((3, 3))] * 2
    )
    found = averaged([one, other])
    assert found.names == ("a", "b", "c")
    assert found.mean[0, 1] == pytest.approx(0.4)
    assert found.count.tolist() == [[2, 2, 0], [2, 2, 1], [0, 1, 1]]
    assert np.isnan(found.mean[0, 2])
    assert strongest(found) == [("b", "c", 0.5), ("a", "b", pytest.approx(0.4))]
    assert found.only(["c", "b"]).mean.tolist() == [[1, 0.5], [0.5, 1]]


def matrix(names, pairs):
    found = np.eye(len(names))
    for (a, b), value in pairs.items():
        found[names.index(a), names.index(b)] = found[names.index(b), names.index(a)] = value
    return Correlations(tuple(names), found, np.ones_like(found), np.zeros_like(found))


def test_the_most_reliable_of_each_group_stands_for_it():
    found = matrix("abcd", {("a", "b"): 0.9, ("b", "c"): 0.8, ("a", "c"): 0.2, ("a", "d"): -0.95})
    one, two, three = groups(found, {"a": 0.4, "b": 0.6, "c": 0.5, "d": 0.9})
    assert (one.members, one.chosen) == (("a", "b"), "b")
    assert one.reason == "stands for a (correlations of 0.90 or more): its alpha of 0.60 is the highest"
    assert (two.members, two.chosen) == (("c",), "c")  # like b, but not like a
    assert two.reason == "stands alone: its largest correlation is 0.80, with b"
    assert three.members == ("d",)  # the opposite of a is no repetition of it


def test_groups_at_the_edge():
    found = matrix("ab", {("a", "b"): 0.7})
    assert len(groups(found, {"a": 1, "b": 1}, 0.7)) == 1
    assert len(groups(found, {"a": 1, "b": 1}, 0.7001)) == 2
    assert groups(matrix("a", {}), {"a": 1})[0].reason == "stands alone: it has no correlation with another metric"
    assert groups(matrix("", {}), {}) == ()
    unknown = matrix("ab", {("a", "b"): np.nan})
    assert [g.members for g in groups(unknown, {"a": 1, "b": 1})] == [("a",), ("b",)]
