"""Do several raters agree? Images that rank the methods, or metrics that do (Krippendorff 2011)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Level = Literal["nominal", "ordinal", "interval", "ratio"]


def alpha(table: Array, level: Level = "ordinal") -> float | None:
    """1 - D_o / D_e, raters x units, NaN where a rater has no value: 1 full agreement, 0 that of chance.

    D_o is the mean difference of two values of the same unit, D_e that of any two values. None where no unit has two
    values, or all are equal.
    """
    columns = [column[~np.isnan(column)] for column in np.asarray(table, np.float64).T]
    paired = [column for column in columns if len(column) > 1]
    if not paired:
        return None
    values = np.concatenate(paired)
    far = _differences(values, level)
    observed = sum(far(column).sum() / (len(column) - 1) for column in paired) / len(values)
    expected = far(values).sum() / (len(values) * (len(values) - 1))
    return float(1 - observed / expected) if expected > 0 else None


def _differences(values: Array, level: Level) -> Callable[[Array], Array]:
    """(k,) -> (k, k) squared differences of every two values; ordinal ones depend on how often each value occurs."""
    if level == "ordinal":
        kinds, counts = np.unique(values, return_counts=True)
        middles = counts.cumsum() - counts / 2
        return lambda v: _squares(middles[np.searchsorted(kinds, v)])
    if level == "ratio":
        return _ratios
    return _squares if level == "interval" else lambda v: (v[:, None] != v[None]).astype(np.float64)


def _squares(v: Array) -> Array:
    squares: Array = (v[:, None] - v[None]) ** 2
    return squares


def _ratios(v: Array) -> Array:
    """((a - b) / (a + b))^2 of values from 0 up; two zeros are equal."""
    sums = v[:, None] + v[None]
    shares: Array = np.divide(v[:, None] - v[None], sums, out=np.zeros_like(sums), where=sums != 0)
    return shares * shares
