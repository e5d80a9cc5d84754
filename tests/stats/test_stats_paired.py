"""Paired tests against known values, scipy and enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from heatproof.stats.paired import differences, signed_rank, win_probability

DEPRESSION = (  # Hollander & Wolfe 1973, p. 29: nine patients before and after
    np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]),
    np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]),
)
whole = st.lists(st.integers(-9, 9), min_size=1, max_size=10).map(lambda v: np.array(v, float))


def test_nine_pairs_of_the_textbook():
    test = signed_rank(differences(*DEPRESSION))
    assert test.statistic == 40
    assert test.greater == pytest.approx(0.01953125)
    assert test.two_sided == pytest.approx(0.0390625)


@pytest.mark.parametrize(("wave", "p"), [((1.3, 0.4, 1, 0), 0.024610 / 3), ((0.9, 0, 0.5, 1), 0.934641 / 3)])
def test_published_values_of_one_sided_tests(wave, p):
    rate, level, size, phase = wave
    values = size * np.sin(rate * np.arange(24) + phase) + level
    assert signed_rank(values).greater == pytest.approx(p, abs=1e-6)


@given(whole)
def test_exact_p_is_the_share_of_sign_patterns_also_with_ties_and_zeros(apart):
    moved = apart[apart != 0]
    ranks = rankdata(np.abs(moved))
    sums = [sum(r for r, up in zip(ranks, signs, strict=True) if up) for signs in product([0, 1], repeat=len(ranks))]
    test = signed_rank(apart)
    assert test.greater == pytest.approx(np.mean([s >= test.statistic for s in sums]))
    assert test.less == pytest.approx(np.mean([s <= test.statistic for s in sums]))


@pytest.mark.parametrize(("n", "ties"), [(50, False), (51, False), (60, True), (300, True)])
@pytest.mark.parametrize("side", ["greater", "less", "two-sided"])
def test_agrees_with_scipy(n, ties, side):
    apart = np.random.default_rng(n).normal(0.2, 1, n)
    apart = np.round(apart, 1) if ties else apart
    test = signed_rank(apart)
    known = wilcoxon(apart, alternative=side, correction=False, method="exact" if n == 50 else "approx").pvalue
    assert {"greater": test.greater, "less": test.less, "two-sided": test.two_sided}[side] == pytest.approx(known)


def test_exact_and_approximate_meet():
    apart = np.random.default_rng(0).normal(0.3, 1, 51)
    assert signed_rank(apart).two_sided == pytest.approx(signed_rank(apart[:50]).two_sided, rel=0.35)


def test_no_difference_is_no_evidence():
    for apart in (np.zeros(5), np.array([])):
        assert signed_rank(apart).two_sided == 1
        assert signed_rank(apart).direction == 0


@given(whole)
def test_turning_the_pair_turns_the_test(apart):
    one, other = signed_rank(apart), signed_rank(-apart)
    assert (one.greater, one.two_sided) == (other.less, other.two_sided)
    assert one.direction == -other.direction
    assert win_probability(apart) == pytest.approx(1 - win_probability(-apart))


@given(whole, whole, st.integers(-(10**6), 10**6))
def test_a_shift_of_both_changes_nothing(a, b, shift):
    size = min(len(a), len(b))
    a, b = a[:size] / 7, b[:size] / 7
    still, moved = differences(a, b), differences(a + shift, b + shift)
    assert moved == pytest.approx(still, abs=1e-9)
    assert win_probability(np.round(moved, 6)) == win_probability(still)


def test_rounding_does_not_break_a_tie():
    assert differences(np.array([0.1 + 0.2]), np.array([0.3])).tolist() == [0]


def test_only_images_with_both_values_count():
    a, b = np.array([1.0, np.nan, 3.0, np.inf]), np.array([0.0, 1.0, np.nan, 2.0])
    assert differences(a, b).tolist() == [1]


def test_win_probability_by_hand():
    assert win_probability(np.array([1.0, 2.0, 0.0, -1.0])) == 0.625
