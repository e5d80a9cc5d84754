"""Structural similarity (Wang et al. 2004) of one map with each map of a stack.

The same numbers as scikit-image's `structural_similarity`, to which a test holds it; its local statistics are taken of
the whole stack at once, and of the first map only once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Maps = NDArray[np.float64]
K1, K2, RANGE = 0.01, 0.03, 2.0
UNIFORM = (0.2,) * 5
"""5 x 5 pixels that count alike."""
_BELL = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
GAUSSIAN: tuple[float, ...] = tuple(_BELL / _BELL.sum())
"""11 x 11 pixels under a Gaussian of sigma 1.5."""


def structural_similarity(a: Maps, others: Maps, window: tuple[float, ...]) -> Maps:
    """SSIM (M,) of a (C, H, W) with others (M, C, H, W): mean over channels and over places inside the border.

    Constants are those for values that span 2; variances are those of a sample. NaN where the window does not fit.
    """
    if min(a.shape[-2:]) < len(window):
        return np.full(len(others), np.nan)
    samples = len(window) ** 2
    share = samples / (samples - 1)
    c1, c2 = (K1 * RANGE) ** 2, (K2 * RANGE) ** 2
    mean, means = _local(a, window), _local(others, window)
    variance = share * (_local(a * a, window) - mean * mean)
    variances = share * (_local(others * others, window) - means * means)
    covariances = share * (_local(a * others, window) - mean * means)
    structure = (2 * mean * means + c1) * (2 * covariances + c2)
    structure /= (mean * mean + means * means + c1) * (variance + variances + c2)
    alike: Maps = structure.reshape(len(others), -1).mean(1)
    return alike


def _local(maps: Maps, window: tuple[float, ...]) -> Maps:
    """Weighted means over the window at every place where it lies inside the map."""
    from scipy import ndimage

    for axis in (-2, -1):
        if window == UNIFORM:
            maps = ndimage.uniform_filter1d(maps, len(window), axis)
        else:
            maps = ndimage.correlate1d(maps, window, axis)
    edge = len(window) // 2
    inside: Maps = maps[..., edge:-edge, edge:-edge]
    return inside
