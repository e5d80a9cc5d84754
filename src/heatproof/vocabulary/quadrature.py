"""Quadrature rules on [0, 1]: where a path is sampled, and with which weights; they sum to 1."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import roots_legendre

from heatproof.vocabulary.errors import problem


@cache
def quadrature(rule: str, steps: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(shares, weights) of a rule with `steps` points.

    left: 0, 1/m, ..; right: 1/m, .., 1; midpoint: 1/2m, ..; trapezoid: both ends and m - 2 points between, where the
    ends weigh half; endpoints: the same points, all of one weight; gauss-legendre: exact for polynomials up to degree
    2 m - 1.
    """
    m = steps
    if rule == "gauss-legendre":
        nodes, weights = roots_legendre(m)
        return tuple(((nodes + 1) / 2).tolist()), tuple((weights / 2).tolist())
    if rule in ("trapezoid", "endpoints"):
        if m < 2:
            raise problem("HP105", setting="steps", value=m, valid=f"at least 2 points for the rule {rule}")
        weights = np.ones(m)
        weights[[0, -1]] = 0.5 if rule == "trapezoid" else 1.0
        return tuple(np.linspace(0, 1, m).tolist()), tuple((weights / weights.sum()).tolist())
    shift = {"left": 0.0, "midpoint": 0.5, "right": 1.0}[rule]
    return tuple(((np.arange(m) + shift) / m).tolist()), (1 / m,) * m
