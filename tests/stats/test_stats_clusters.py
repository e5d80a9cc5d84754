"""Scaled medians and their trees, against scipy where it has an answer, and where it has none."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist, squareform
from stats_tables import normal, table

from heatproof.stats.clusters import clusters, clusters_of, distances

MEDIANS = np.stack([normal(6, s) + normal(6, 7) * (s % 2) for s in range(5)])
NAMES = tuple("vwxyz"), tuple("abcdef")


def test_rows_are_scaled_to_between_worst_and_best():
    found = clusters_of(np.array([[1.0, 3, 2], [-5, -10, 0]]), ("m", "n"), ("a", "b", "c"))
    assert found.scaled.tolist() == [[0, 1, 0.5], [0.5, 0, 1]]


def test_trees_agree_with_scipy():
    found = clusters_of(MEDIANS, *NAMES)
    want = linkage(pdist(found.scaled, "correlation"), "single", optimal_ordering=True)
    assert found.metric_tree == pytest.approx(want)
    want = linkage(pdist(found.scaled.T, "correlation"), "single", optimal_ordering=True)
    assert found.method_tree == pytest.approx(want)
    assert sorted(found.metric_order) == list(range(5))
    assert sorted(found.method_order) == list(range(6))
    assert found.flat == ()


def test_alike_ones_stand_side_by_side():
    rows = np.array([[0.0, 1, 2, 3], [3, 1, 2, 0], [0, 1.1, 2, 3.2], [3, 1.1, 2, 0.1]])
    order = clusters_of(rows, tuple("wxyz"), tuple("abcd")).metric_order
    assert abs(order.index(0) - order.index(2)) == 1
    assert abs(order.index(1) - order.index(3)) == 1


def test_a_constant_row_is_unlike_everything_and_named():
    rows = MEDIANS.copy()
    rows[2] = 0.25
    found = clusters_of(rows, *NAMES)
    assert found.flat == ("x",)
    assert found.scaled[2].tolist() == [0.5] * 6
    assert distances(found.scaled)[2].tolist() == [1, 1, 0, 1, 1]
    assert np.isfinite(found.metric_tree).all()


def test_gaps_are_bridged_by_the_common_places():
    rows = MEDIANS.copy()
    rows[0, :2] = np.nan
    rows[1, 3:] = np.nan
    apart = distances(rows)
    assert apart[0, 3] == pytest.approx(pdist(rows[[0, 3], 2:], "correlation")[0])
    assert apart[0, 1] == 1  # one common place says nothing
    everything = clusters_of(np.full((2, 3), np.nan), ("m", "n"), ("a", "b", "c"))
    assert everything.flat == ("m", "n", "a", "b", "c")
    assert np.isfinite(squareform(distances(rows))).all()


def test_one_row_has_no_tree():
    found = clusters_of(MEDIANS[:1], ("v",), NAMES[1])
    assert found.metric_tree is None
    assert found.metric_order == [0]


def test_medians_are_turned_so_that_higher_is_better():
    found = clusters(table(n=41))
    assert found.metrics == ("insertion", "deletion")
    best = {m: found.methods[int(row.argmax())] for m, row in zip(found.metrics, found.scaled, strict=True)}
    assert set(best.values()) <= {"smooth_taylor", "grad_cam"}
    assert (found.scaled[:, found.methods.index("random")] == 0).all()
