"""Quadrature over values that stand one apart."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import simpson

from heatproof.vocabulary.areas import area_of


def values(n):
    return np.random.RandomState(n).randn(n).tolist()


@pytest.mark.parametrize("n", range(2, 12))
def test_the_trapezoid_rule(n):
    assert area_of(values(n), "trapezoid") == pytest.approx(sum((a + b) / 2 for a, b in pairwise(values(n))))


@pytest.mark.parametrize("n", range(2, 12))
def test_simpson_as_scipy_has_it_now(n):
    assert area_of(values(n), "simpson_scipy") == pytest.approx(simpson(values(n)))


def parabolas(y):
    """Each parabola through three points, over its two intervals."""
    return sum((y[i] + 4 * y[i + 1] + y[i + 2]) / 3 for i in range(0, len(y) - 2, 2))


@pytest.mark.parametrize("n", range(3, 12, 2))
def test_for_an_odd_number_of_points_there_is_one_simpson_rule(n):
    expected = parabolas(values(n))
    assert area_of(values(n), "simpson") == pytest.approx(expected)
    assert area_of(values(n), "simpson_scipy") == pytest.approx(expected)


@pytest.mark.parametrize("n", range(4, 13, 2))
def test_for_an_even_number_the_one_is_the_mean_over_which_end_is_left_to_the_trapezoid(n):
    y = values(n)
    without_last, without_first = parabolas(y[:-1]) + (y[-2] + y[-1]) / 2, (y[0] + y[1]) / 2 + parabolas(y[1:])
    assert area_of(y, "simpson") == pytest.approx((without_last + without_first) / 2)


@pytest.mark.parametrize("n", [3, 4, 7, 8])
def test_which_polynomials_each_rule_integrates(n):
    lines, squares = [2 - 3 * k for k in range(n)], [k**2 for k in range(n)]
    line, square = 2 * (n - 1) - 1.5 * (n - 1) ** 2, (n - 1) ** 3 / 3
    for rule in ("trapezoid", "simpson", "simpson_scipy"):
        assert area_of(lines, rule) == pytest.approx(line)
    assert area_of(squares, "simpson_scipy") == pytest.approx(square)
    assert (area_of(squares, "simpson") == pytest.approx(square)) == (n % 2 == 1)
    assert area_of(squares, "trapezoid") > square + 0.1


def test_a_single_value_has_no_area():
    assert area_of([3.0], "simpson") == 0
