"""Views of a stack of maps (M, C, H, W): what a similarity looks at. A map that cannot be seen so becomes NaN.

A view is the same for every positive multiple of a map.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Maps = NDArray[np.float64]
CUT = 99.0
"""Percentile where the views of the sanity checks are cut off."""


def summed(maps: Maps) -> Maps:
    """The sum over channels, signed: (M, 1, H, W)."""
    return maps if maps.shape[1] == 1 else maps.sum(1, keepdims=True)


def by_largest(maps: Maps) -> Maps:
    """The sum over channels, divided by its largest absolute value."""
    return _over(summed(maps), _largest(summed(maps)))


def to_unit(maps: Maps) -> Maps:
    """The sum over channels, from 0 (smallest) to 1 (largest)."""
    return channels_to_unit(summed(maps))


def channels_to_unit(maps: Maps) -> Maps:
    """Every channel, from 0 (smallest value of all channels) to 1 (largest)."""
    low = maps.min((1, 2, 3), keepdims=True)
    return _over(maps - low, maps.max((1, 2, 3), keepdims=True) - low)


def grey(maps: Maps) -> Maps:
    """sum |m| over channels, from 0 (smallest) to 1 (99th percentile and above); |m| / max |m| of a single channel."""
    heat = np.abs(maps).sum(1, keepdims=True)
    if maps.shape[1] == 1:
        return _over(heat, _largest(heat))
    low = heat.min((1, 2, 3), keepdims=True)
    return np.clip(_over(heat - low, _percentile(heat) - low), 0.0, 1.0)


def diverging(maps: Maps) -> Maps:
    """(s + a) / 2a within [-1, 1], s the sum over channels, a = |its 99th percentile|; m / max |m| of a single channel.

    Zero is seen as 1/2; what lies above a is cut off at 1, and what lies below -3a at -1.
    """
    heat = summed(maps)
    if maps.shape[1] == 1:
        return _over(heat, _largest(heat))
    a = np.abs(_percentile(heat))
    return np.clip(_over(heat + a, 2 * a), -1.0, 1.0)


def _largest(maps: Maps) -> Maps:
    largest: Maps = np.abs(maps).max((1, 2, 3), keepdims=True)
    return largest


def _percentile(maps: Maps) -> Maps:
    cut: Maps = np.percentile(maps, CUT, axis=(1, 2, 3), keepdims=True)
    return cut


def _over(maps: Maps, size: Maps) -> Maps:
    """maps / size, NaN where the size is not above 0."""
    divided: Maps = maps / np.where(size > 0, size, np.nan)
    return divided
