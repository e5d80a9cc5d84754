"""How alike two maps are: each similarity is a view of a map, made once, and a comparison of two views.

Maps are (H, W), or (H, W, C) where SSIM and HOG take channels; everything is computed in float64. A similarity that
has no value (a constant map has no ranks to compare) raises Undefined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.orientations import orientation_histograms
from heatproof.vocabulary.rehearsal import made_up_in_rehearsal

Map = NDArray[np.float64]
ROUNDING = 1e-12
"""What varies by less than this share of its largest value is constant: sums of equal numbers round differently."""


def heat(phi: Tensor) -> Map:
    """The map (H, W) of an attribution (C, H, W): the sum over channels, signed."""
    summed: Map = phi.detach().cpu().double().sum(0).numpy()
    if not np.isfinite(summed).all():
        raise Undefined("the map holds values that are not finite")
    return summed


def pearson(a: NDArray[Any], b: NDArray[Any]) -> float:
    """cov(a, b) / (std(a) std(b))."""
    x, y = _deviations(a), _deviations(b)
    return float(np.clip((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()), -1.0, 1.0))


def _deviations(a: NDArray[Any]) -> Map:
    """a - mean(a), divided by its largest value: squares of 1e300 or 1e-300 neither overflow nor vanish."""
    v = np.asarray(a, np.float64).ravel()
    size = np.abs(v).max()
    v = v / (size or 1.0)
    v = v - v.mean()
    spread = np.abs(v).max()
    if not spread > ROUNDING:
        raise Undefined("a constant map has no correlation")
    deviations: Map = v / spread
    return deviations


@dataclass(frozen=True)
class Similarity:
    """similarity(a, b) = compare(view(a), view(b))."""

    view: Callable[[Map], Map]
    compare: Callable[[Map, Map], float]

    def __call__(self, a: Map, b: Map) -> float:
        return self.compare(self.view(a), self.view(b))


@made_up_in_rehearsal(np.arange(2.0))
def _ranks(a: Map) -> Map:
    """Ranks from 1; ties get their average rank, for which the sort need not be stable: three times faster."""
    values = a.ravel()
    order = values.argsort()
    ascending = values[order]
    starts = np.flatnonzero(np.r_[True, ascending[1:] != ascending[:-1]])
    sizes = np.diff(np.r_[starts, len(values)])
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(starts + (sizes + 1) / 2, sizes)
    return ranks


@made_up_in_rehearsal(0.5)
def _structure(a: Map, b: Map) -> float:
    """SSIM with a 5 x 5 uniform window and data range 2."""
    from skimage.metrics import structural_similarity

    if min(a.shape[:2]) < 5:
        raise Undefined("SSIM needs maps of at least 5 x 5 pixels")
    return float(structural_similarity(a, b, data_range=2, win_size=5, channel_axis=_channels(a)))


@made_up_in_rehearsal(0.5)
def _gaussian_structure(a: Map, b: Map) -> float:
    """SSIM with a Gaussian window of sigma 1.5 and data range 2, a default of its time."""
    from skimage.metrics import structural_similarity

    if min(a.shape[:2]) < 11:
        raise Undefined("this SSIM needs maps of at least 11 x 11 pixels")
    window: dict[str, Any] = {"gaussian_weights": True, "sigma": 1.5}
    return float(structural_similarity(a, b, data_range=2, channel_axis=_channels(a), **window))


@made_up_in_rehearsal(np.arange(2.0))
def _orientations(a: Map) -> Map:
    """Histograms of oriented gradients: 9 orientations, 3 x 3 cells a block, L2-Hys; map scaled to [0, 1].

    Cells are 16 x 16 pixels as published, smaller on images too small for them.
    """
    cell = min(16, min(a.shape[:2]) // 6)
    if cell < 2:
        raise Undefined("HOG needs maps of at least 12 x 12 pixels")
    return orientation_histograms(_to_unit(a), cell)


def _channels(a: Map) -> int | None:
    return -1 if a.ndim == 3 else None


def _by_largest(a: Map) -> Map:
    largest = np.abs(a).max()
    if not largest > 0:
        raise Undefined("a map of zeros has no structure to compare")
    scaled: Map = a / largest
    return scaled


def _to_unit(a: Map) -> Map:
    low, high = a.min(), a.max()
    if not high > low:
        raise Undefined("a constant map has no structure to compare")
    scaled: Map = (a - low) / (high - low)
    return scaled


spearman = Similarity(_ranks, pearson)
"""Pearson correlation of the ranks of two signed maps."""
absolute_spearman = Similarity(lambda a: _ranks(np.abs(a)), pearson)
"""The same of |map|: pixels that are exactly 0 in both (a black background) tie, and raise it."""
ssim = Similarity(_by_largest, _structure)
"""Structural similarity of maps divided by max |map|, as the sanity checks' author recommends."""
ssim_notebooks = Similarity(_to_unit, _gaussian_structure)
"""Structural similarity of maps scaled to [0, 1], as in the sanity checks' notebooks."""
hog = Similarity(_orientations, pearson)
"""Pearson correlation of the histograms of oriented gradients."""
