"""How noisy a map is: its average total variation (ATV), at its own scale and at coarser ones (AUTVC)."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from heatproof.vocabulary.areas import AreaRule, area_of
from heatproof.vocabulary.errors import Undefined

Map = NDArray[np.float64]


def normalised(m: Map, percentile: float = 99.0) -> Map:
    """|m| minus its smallest value, divided by what is left of its percentile, cut off at 1."""
    a = np.abs(m)
    low, high = a.min(), np.percentile(a, percentile)
    if not high > low:
        raise Undefined("the map is constant up to its percentile")
    scaled: Map = np.clip((a - low) / (high - low), 0, 1)
    return scaled


def variation(m: Map, norm: int = 1, percentile: float = 99.0) -> float:
    """(|dx a|_p + |dy a|_p) / pixels of a = normalised(m)."""
    a = normalised(m, percentile)
    lengths = [(np.abs(np.diff(a, axis=axis)) ** norm).sum() ** (1 / norm) for axis in (1, 0)]
    return float(sum(lengths) / a.size)


def autvc(m: Map, rule: AreaRule = "simpson") -> float:
    """Area under the variation of m and its coarser copies, all settings as published."""
    return over_scales([variation(level) for level in pyramid(m)], rule)


def over_scales(values: list[float], rule: AreaRule) -> float:
    """Area under the variation at each scale; of a single scale, its variation."""
    return area_of(values, rule) if len(values) > 1 else values[0]


def pyramid(m: Map, downscale: float = 1.5, smallest: int = 30) -> list[Map]:
    """m and coarser copies of it, each smoothed and sampled down from the one before.

    The last one has a shorter side of at least `smallest` pixels; a smaller m stays alone.
    """
    levels = [m]
    while True:
        h, w = levels[-1].shape
        if min(math.ceil(h / downscale), math.ceil(w / downscale)) < smallest:
            return levels
        coarser = _reduction(h, downscale) @ levels[-1] @ _reduction(w, downscale).T
        if coarser.shape == (h, w):
            return levels
        levels.append(coarser)


@cache
def _reduction(side: int, downscale: float) -> Map:
    """(ceil(side / downscale), side): smooth with sigma = downscale / 3, then read at the centres of larger pixels."""
    smooth = gaussian_filter1d(np.eye(side), downscale / 3, axis=0, mode="reflect")
    fewer = math.ceil(side / downscale)
    at = (np.arange(fewer) + 0.5) * side / fewer - 0.5
    above = np.minimum(at.astype(int), max(side - 2, 0))
    below = np.minimum(above + 1, side - 1)
    share = (at - above)[:, None]
    read: Map = (1 - share) * smooth[above] + share * smooth[below]
    return read
