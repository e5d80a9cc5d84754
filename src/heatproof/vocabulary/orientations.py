"""Histograms of oriented gradients (Dalal and Triggs 2005), all cells and blocks at once.

The same numbers as scikit-image's `hog` with its defaults, to which a test holds it, several times faster on small
maps: a sanity check describes a hundred maps per image.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Map = NDArray[np.float64]
BINS, BLOCK, CLIP, EPSILON = 9, 3, 0.2, 1e-5


def orientation_histograms(image: Map, cell: int) -> Map:
    """The descriptor of an image (H, W) or (H, W, C): 9 orientations, cells of `cell` pixels, 3 x 3 cells a block."""
    down, across = _strongest(*_gradients(image[..., None] if image.ndim == 2 else image))
    rows, columns = (side // cell for side in image.shape[:2])
    down, across = (g[: rows * cell, : columns * cell] for g in (down, across))
    degrees = np.rad2deg(np.arctan2(down, across)) % 180
    place = np.arange(rows * cell)[:, None] // cell * columns + np.arange(columns * cell)[None] // cell
    index = place * BINS + np.minimum((degrees / (180 / BINS)).astype(np.intp), BINS - 1)
    sums = np.bincount(index.ravel(), np.hypot(across, down).ravel(), rows * columns * BINS)
    cells = (sums / cell**2).reshape(rows, columns, BINS)
    # (block row, block column, orientation, row in block, column in block) -> orientations last
    blocks = sliding_window_view(cells, (BLOCK, BLOCK), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
    return _normalised(np.minimum(_normalised(blocks), CLIP)).ravel()


def _gradients(image: Map) -> tuple[Map, Map]:
    """Central differences (H, W, C), 0 at the borders."""
    down, across = np.zeros_like(image), np.zeros_like(image)
    down[1:-1] = image[2:] - image[:-2]
    across[:, 1:-1] = image[:, 2:] - image[:, :-2]
    return down, across


def _strongest(down: Map, across: Map) -> tuple[Map, Map]:
    """At each pixel the gradient of the channel where it is largest."""
    best = np.hypot(down, across).argmax(2)[..., None]
    return np.take_along_axis(down, best, 2)[..., 0], np.take_along_axis(across, best, 2)[..., 0]


def _normalised(blocks: NDArray[Any]) -> Map:
    norms: Map = np.sqrt((blocks**2).sum((2, 3, 4), keepdims=True) + EPSILON**2)
    scaled: Map = blocks / norms
    return scaled
