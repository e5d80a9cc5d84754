"""Many tests at once: corrections of their p values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Correction = Literal["holm", "bonferroni", "fdr_bh", "none"]


def holm(p: Sequence[float]) -> NDArray[Any]:
    """Sorted upwards, p_(i) -> max over j <= i of min(1, (m - j + 1) p_(j)); in the order given.

    Holm rather than a false discovery rate: the verdict names single winners, and none of the names should be wrong.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.minimum(1.0, values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


def bonferroni(p: Sequence[float]) -> NDArray[Any]:
    """p_i -> min(1, m p_i)."""
    return np.minimum(1.0, len(p) * np.asarray(p, np.float64))


def false_discovery(p: Sequence[float]) -> NDArray[Any]:
    """Benjamini & Hochberg 1995: sorted upwards, p_(i) -> min over j >= i of min(1, m p_(j) / j); in the order given.

    It bounds the share of wrong names among the names, where the others bound the chance of a single wrong one.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.minimum(1.0, values[order] * len(values) / np.arange(1, len(values) + 1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return adjusted


CORRECTIONS: Mapping[Correction, Callable[[Sequence[float]], NDArray[Any]]] = {
    "holm": holm,
    "bonferroni": bonferroni,
    "fdr_bh": false_discovery,
    "none": lambda p: np.asarray(p, np.float64),
}


def corrected(p: Sequence[float], how: Correction) -> NDArray[Any]:
    """The p values of a family of tests, corrected; NaN is a test that could not be made, and is no part of it."""
    values = np.asarray(p, np.float64)
    made = ~np.isnan(values)
    values[made] = CORRECTIONS[how](values[made].tolist())
    return values


def smallest_p(count: int) -> float:
    """The smallest one-sided p that a signed-rank test of so many images can show: all of them agree."""
    return 0.5**count
