"""Holm's correction by hand and by its properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatproof.stats.multiplicity import holm, smallest_p

values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_nothing_and_one():
    assert holm([]).tolist() == []
    assert holm([0.2]).tolist() == [0.2]


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_the_tests_does_not_matter(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    assert holm([p[i] for i in order]).tolist() == holm(p)[order].tolist()


@given(values)
def test_lies_between_no_correction_and_bonferroni_and_keeps_the_order(p):
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1, len(p) * np.array(p)) + 1e-15).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


def test_the_smallest_p_is_unanimity():
    assert smallest_p(5) == 1 / 32
