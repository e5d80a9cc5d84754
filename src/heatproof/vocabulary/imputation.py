"""Linear imputation: removed pixels as weighted means of the pixels around them, solved together.

Rong et al. 2022 (ROAD): the direct neighbours of a pixel weigh twice as much as the diagonal ones, and neighbours
beyond the edge of the image are left out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WEIGHTS = {(0, 1): 2.0, (1, 0): 2.0, (1, 1): 1.0, (1, -1): 1.0}
"""Of the neighbour (down, across) and of the one opposite: they stand to each other as 1/6 to 1/12."""
Floats = NDArray[np.float64]
Places = NDArray[np.int64]


def imputed(x: Tensor, mask: Tensor) -> Tensor:
    """x (C, H, W) where each pixel of the mask (1 or C, H, W) is the weighted mean of its neighbours.

    Where no pixel is left, the mean of the channel stands everywhere.
    """
    pixels, gone = x.detach().cpu().double().numpy(), mask.cpu().numpy()
    if len(gone) == 1:
        return torch.from_numpy(_solved(pixels, gone[0])).to(x)
    each = [_solved(channel[None], where) for channel, where in zip(pixels, gone, strict=True)]
    return torch.from_numpy(np.concatenate(each)).to(x)


def _solved(x: Floats, gone: NDArray[np.bool_]) -> Floats:
    """sum_j w_ij (z_i - z_j) = 0 at every removed pixel i, z = x elsewhere; one factorisation for all channels."""
    from scipy.sparse.linalg import splu

    if gone.all():
        return np.array(np.broadcast_to(x.mean((1, 2), keepdims=True), x.shape))
    places, differences = _grid(*gone.shape)
    removed = gone.ravel()[places]
    z = x.reshape(len(x), -1)[:, places]
    if removed.any():
        rows = differences[removed]
        known = rows[:, ~removed] @ z[:, ~removed].T
        # The grid's own order keeps the factors sparse, and a positive definite matrix needs no pivots.
        symmetric = {"SymmetricMode": True}
        factors = splu(rows[:, removed].tocsc(), "NATURAL", diag_pivot_thresh=0.0, options=symmetric)
        z[:, removed] = -factors.solve(known).T
    solved = np.empty_like(z)
    solved[:, places] = z
    return solved.reshape(x.shape)


@lru_cache(maxsize=4)
def _grid(height: int, width: int) -> tuple[Places, csr_array]:
    """The pixels in an order that is cheap to eliminate, and the matrix of sum_j w_ij (z_i - z_j) in that order."""
    from scipy.sparse import csr_array, diags_array

    places = np.array(_dissected(np.arange(height * width).reshape(height, width)))
    ranks = places.argsort().reshape(height, width)
    total: Any = csr_array((height * width, height * width))
    for (down, across), weight in WEIGHTS.items():
        left, right = slice(0, width - abs(across)), slice(abs(across), width)
        here = ranks[: height - down, left if across >= 0 else right].ravel()
        there = ranks[down:, right if across >= 0 else left].ravel()
        total += csr_array((np.full(len(here), weight), (here, there)), total.shape)
    total = total + total.T
    return places, (diags_array(total.sum(1)) - total).tocsr()


def _dissected(pixels: Places) -> list[int]:
    """Nested dissection: first both halves of a rectangle, then the line between them."""
    height, width = pixels.shape
    if max(height, width) <= 4:
        flat: list[int] = pixels.ravel().tolist()
        return flat
    if height < width:
        return _dissected(pixels.T)
    middle = height // 2
    return [*_dissected(pixels[:middle]), *_dissected(pixels[middle + 1 :]), *pixels[middle].tolist()]
