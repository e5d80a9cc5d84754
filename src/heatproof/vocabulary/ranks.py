"""Ranks and correlations of many rows of numbers at once. A row without a value (a constant one) becomes NaN."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
ROUNDING = 1e-12
"""What varies by less than this share of its largest value is constant: sums of equal numbers round differently."""


def ranks(rows: Rows) -> Rows:
    """Ranks from 1 along each row (M, D); ties get their average rank, for which the sort need not be stable."""
    count, length = rows.shape
    order = rows.argsort(1)
    ascending = np.take_along_axis(rows, order, 1)
    begins = np.ones((count, length), dtype=bool)
    np.not_equal(ascending[:, 1:], ascending[:, :-1], out=begins[:, 1:])
    starts = np.flatnonzero(begins)
    sizes = np.diff(starts, append=begins.size)
    ranked = np.empty_like(rows)
    np.put_along_axis(ranked, order, np.repeat(starts % length + (sizes + 1) / 2, sizes).reshape(rows.shape), 1)
    ranked[np.isnan(ascending[:, -1])] = np.nan  # they are sorted to the end
    return ranked


def deviations(rows: Rows) -> Rows:
    """(v - mean v) / max |v - mean v| of each row: squares of 1e300 or 1e-300 neither overflow nor vanish."""
    size = np.abs(rows).max(1, keepdims=True)
    rows = rows / np.where(size > 0, size, 1.0)
    rows = rows - rows.mean(1, keepdims=True)
    spread = np.abs(rows).max(1, keepdims=True)
    scaled: Rows = rows / np.where(spread > ROUNDING, spread, np.nan)
    return scaled


def cosine(a: Rows, others: Rows) -> Rows:
    """a.b / (|a| |b|) of a row (D,) with each of the others (M, D), or of the rows of a (M, D) with them."""
    # One way of summing for all three: equal rows give exactly 1.
    a = np.atleast_2d(a)
    products, squares = (a * others).sum(1), (others * others).sum(1)
    alike: Rows = np.clip(products / np.sqrt((a * a).sum(1) * squares), -1.0, 1.0)
    return alike
