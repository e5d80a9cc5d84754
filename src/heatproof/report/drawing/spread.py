"""What many images say together: means with their spread, NaN left out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.intervals import Bootstrap

Array = NDArray[Any]


class Spread(NamedTuple):
    """Over the images, point by point."""

    mean: Array
    deviation: Array
    """Population standard deviation, as the papers have it."""
    low: Array
    high: Array
    """The 95 % interval of the mean, as on the leaderboard; NaN below two images."""
    known: Array
    """How many images have a value."""


def spread(values: Array) -> Spread:
    """(images, points) -> over the images; NaN where no image has a value."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    with np.errstate(all="ignore"):
        mean = filled.sum(axis=0) / count
        square = (np.where(known, filled - mean, 0.0) ** 2).sum(axis=0)
        deviation = np.sqrt(square / count)
    limits = [(i.low, i.high) for i in Bootstrap().intervals(list(values.T))]
    low, high = np.array([[np.nan if v is None else v for v in pair] for pair in limits]).reshape(-1, 2).T
    return Spread(mean, deviation, low, high, count)


def whisker(found: Spread, place: int = 0) -> tuple[float, float]:
    """How far the interval of the mean reaches below and above it; nothing where there is none."""
    mean, low, high = (float(v[place]) for v in (found.mean, found.low, found.high))
    return (max(mean - low, 0.0), max(high - mean, 0.0)) if np.isfinite(low) else (0.0, 0.0)


def row_of(found: Spread, place: int) -> dict[str, float | int]:
    """The columns of a table for one of the points."""
    return {
        "mean": float(found.mean[place]),
        "sd": float(found.deviation[place]),
        "low_ci95": float(found.low[place]),
        "high_ci95": float(found.high[place]),
        "n": int(found.known[place]),
    }


def has_values(values: Array | None) -> bool:
    """Is there anything to draw?"""
    return values is not None and bool(np.isfinite(values).any())
