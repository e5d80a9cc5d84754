"""Where the evidence lies: boxes (k, 4) - top, left, bottom, right, half open - and sets of pixels (H, W)."""

from __future__ import annotations

import torch
from scipy.ndimage import label
from torch import Tensor


def inside(boxes: Tensor, shape: tuple[int, int]) -> Tensor:
    """The pixels (H, W) that lie in at least one of the boxes (k, 4)."""
    top, left, bottom, right = (side[:, None] for side in boxes.unbind(1))
    rows, columns = (torch.arange(length, device=boxes.device)[None] for length in shape)
    in_rows, in_columns = (rows >= top) & (rows < bottom), (columns >= left) & (columns < right)
    return (in_rows[:, :, None] & in_columns[:, None, :]).any(0)


def box_around(pixels: Tensor) -> Tensor:
    """The smallest box (1, 4) that holds all pixels of a set (H, W); (0, 4) for the empty set."""
    rows, columns = (pixels.any(axis).nonzero().flatten() for axis in (1, 0))
    if not len(rows):
        return torch.zeros(0, 4, dtype=torch.long, device=pixels.device)
    return torch.stack([rows[0], columns[0], rows[-1] + 1, columns[-1] + 1])[None]


def boxes_around(pixels: Tensor) -> Tensor:
    """The smallest box around each connected part of a set of pixels (H, W): (k, 4)."""
    return torch.cat([box_around(pixels[:0])] + [box_around(part) for part in _parts(pixels)])


def largest_part(pixels: Tensor) -> Tensor:
    """The connected part of a set (H, W) that has the most pixels, of equal ones the first; neighbours share a side."""
    return max(_parts(pixels), key=lambda part: int(part.sum()), default=pixels)


def overlap(a: Tensor, b: Tensor) -> float:
    """Intersection over union of two sets of the same shape; 0 for two empty sets."""
    return int((a & b).sum()) / max(1, int((a | b).sum()))


def _parts(pixels: Tensor) -> list[Tensor]:
    numbered, count = label(pixels.cpu().numpy())
    return [torch.from_numpy(numbered == i).to(pixels.device) for i in range(1, count + 1)]
