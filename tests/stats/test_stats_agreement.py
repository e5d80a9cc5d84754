"""Kendall's tau between the orders of methods."""

import numpy as np
import pytest

from heatproof.stats.agreement import agreement, kendall


def test_tau_b_by_hand():
    assert kendall(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(4 / 6)
    tied = kendall(np.array([1.0, 1, 2, 3]), np.array([1.0, 2, 3, 4]))
    assert tied == pytest.approx(5 / np.sqrt(5 * 6))


@pytest.mark.parametrize("other", [[1.0, 1, 1], [1.0, 2, np.nan]])
def test_constant_or_too_few_is_undefined(other):
    assert kendall(np.array([1.0, 2, 3]), np.array(other)) is None


def test_each_pair_once_and_undefined_left_out():
    scores = {"a": np.array([1.0, 2, 3]), "b": np.array([3.0, 2, 1]), "c": np.ones(3)}
    assert agreement(scores) == {("a", "b"): -1.0}
