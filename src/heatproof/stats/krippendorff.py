"""Do several raters agree? Images that rank the methods, or metrics that do (Krippendorff 2011)."""

from __future__ import annotations

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
    found = float(alphas(table, np.ones((1, len(table))), level)[0])
    return None if np.isnan(found) else found


def alphas(table: Array, weights: Array, level: Level = "ordinal") -> Array:
    """Alpha of resampled raters: `weights` (rows, raters) says how often each is taken -> (rows,), NaN where undefined.

    A rater that is taken twice is not compared with itself: else resamples would agree more than the raters do.
    """
    values = np.asarray(table, np.float64)
    kinds = np.unique(values[~np.isnan(values)])
    present = ~np.isnan(values)
    counts = np.stack([weights @ (column[:, None] == kinds) for column in values.T], 1)  # (rows, units, kinds)
    same = np.square(weights) @ present  # pairs of a value with itself, (rows, units)
    sizes = counts.sum(2)
    usable = sizes**2 > same
    counts, sizes, same = counts * usable[..., None], sizes * usable, same * usable
    pooled, total = counts.sum(1), sizes.sum(1)
    places = pooled.cumsum(1) - pooled / 2 if level == "ordinal" else kinds[None]
    with np.errstate(invalid="ignore", divide="ignore"):
        within = _apart(counts, places[:, None], level) * sizes / (sizes**2 - same)
        observed = np.where(usable, within, 0.0).sum(1) / total
        expected = _apart(pooled, places, level) / (total**2 - same.sum(1))
        found: Array = np.where(expected > 0, 1 - observed / expected, np.nan)
    return found


def _apart(counts: Array, places: Array, level: Level) -> Array:
    """Sum of the squared differences of every two values, by how often each kind occurs: (.., kinds) -> (..).

    Of numbers: sum_kl c_k c_l (v_k - v_l)^2 = 2 (n sum c v^2 - (sum c v)^2), with v centred against cancellation.
    """
    size = counts.sum(-1)
    if level == "nominal":
        different: Array = size**2 - (counts**2).sum(-1)
        return different
    if level == "ratio":
        shares: Array = ((counts @ _ratios(places.ravel())) * counts).sum(-1)
        return shares
    mean = (counts * places).sum(-1, keepdims=True) / np.maximum(size, 1e-300)[..., None]
    squares: Array = 2 * size * (counts * (places - mean) ** 2).sum(-1)
    return squares


def _ratios(v: Array) -> Array:
    """((a - b) / (a + b))^2 of values from 0 up; two zeros are equal: (k,) -> (k, k)."""
    sums = v[:, None] + v[None]
    shares: Array = np.divide(v[:, None] - v[None], sums, out=np.zeros_like(sums), where=sums != 0)
    return shares * shares
