"""How many images are enough? Medians of bootstrap samples of growing size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.enough import too_few

Array = NDArray[Any]
_FIRST, _STEP = 2, 5
"""Sizes of the samples: 2, 7, 12, .. as in the general benchmark."""


@dataclass(frozen=True, eq=False)
class Convergence:
    """Bands of the medians of one metric."""

    sizes: Array
    """(k,) images in a sample."""
    median: Array
    """(methods, k): median of the medians."""
    low: Array
    high: Array
    """(methods, k): limits between which the middle 95 % of the medians lie."""
    tolerance: float
    """Half the width of a band that is narrow enough, in units of the metric."""
    enough: int | None
    """The smallest size from which on every method's band is that narrow; None where none is."""
    forecast: int | None
    """Where none is: the size that the widest band needs if it goes on shrinking with the root of the size."""
    why: str = ""
    """Why there are no bands."""


def convergence(scores: Array, tolerance: float = 0.1, resamples: int = 1000, seed: int = 0) -> Convergence:
    """Bootstrap medians of each method against the number of images; images x methods, NaN where undefined.

    `tolerance` is a share of the distance between the best and the worst median: what is compared must be known
    better than it differs. Methods with fewer than five scores have no band.
    """
    known = [np.sort(column[np.isfinite(column)].astype(np.float64)) for column in np.asarray(scores).T]
    longest = max((len(column) for column in known), default=0)
    sizes = np.arange(_FIRST, max(longest, _FIRST), _STEP)
    bands = np.full((3, len(known), len(sizes)), np.nan)
    why = too_few(longest)
    for place, column in enumerate(() if why else known):
        if not too_few(len(column)):
            lower, upper = _middles(len(column), tuple(sizes.tolist()), resamples, seed)
            bands[:, place] = np.quantile((column[lower] + column[upper]) / 2, [0.5, 0.025, 0.975], axis=1)
    middles = [np.median(column) for column in known if not too_few(len(column))]
    allowed = tolerance * float(np.ptp(middles)) if len(middles) > 1 else 0.0
    if not why and allowed <= 0:
        why = "undefined: the methods do not differ, so no tolerance is small beside their differences"
    enough, forecast = (None, None) if why else _recommended(sizes, (bands[2] - bands[1]) / 2, allowed)
    median, low, high = bands
    return Convergence(sizes, median, low, high, allowed, enough, forecast, why)


def _recommended(sizes: Array, half: Array, allowed: float) -> tuple[int | None, int | None]:
    widest = np.nanmax(half, axis=0)
    wide = np.flatnonzero(widest > allowed)
    if not len(wide):
        return int(sizes[0]), None
    if wide[-1] + 1 < len(sizes):
        return int(sizes[wide[-1] + 1]), None
    return None, int(np.ceil(sizes[-1] * (widest[-1] / allowed) ** 2))


@lru_cache(maxsize=16)
def _middles(count: int, sizes: tuple[int, ...], resamples: int, seed: int) -> tuple[Array, Array]:
    """(sizes, resamples): places of the two middle values of each sample among the sorted scores.

    Drawn once for all methods and metrics with so many scores: places do not depend on what stands there.
    """
    generator = np.random.Generator(np.random.Philox(seed))
    found = []
    for n in sizes:
        places = np.sort(generator.integers(0, count, (resamples, n), dtype=np.int32), axis=1)
        found.append((places[:, (n - 1) // 2], places[:, n // 2]))
    lower, upper = zip(*found, strict=True)
    return np.stack(lower), np.stack(upper)
