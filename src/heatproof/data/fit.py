"""A picture of any size, cut to what the model wants to see.

The centre, `crop` of the shorter side in the model's proportions, is resampled by Pillow with its antialias in one
step, in the 8 bits of the file as torchvision and timm do it; a long and thin picture needs no more memory for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from heatproof.data.boxes import Box
from heatproof.data.decode import to_tensor
from heatproof.models.input import InputSpec

PHOTO = InputSpec(3, 224, 224, crop=0.875, interpolation="bicubic")
"""What a photograph is cut to when no model says otherwise."""

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
_LUMA = (0.299, 0.587, 0.114)


def fit(image: Image.Image, spec: InputSpec) -> Tensor:
    """The image as (C, H, W) float32 in [0, 1]."""
    left, top, scale = _cut(image.size, spec)
    box = (left, top, left + spec.width * scale, top + spec.height * scale)
    pixels = to_tensor(image.resize((spec.width, spec.height), _FILTERS[spec.interpolation], box=box))
    if spec.channels == 1:
        return pixels.mul(pixels.new_tensor(_LUMA).view(3, 1, 1)).sum(0, keepdim=True).clamp(max=1)
    return pixels


def fit_boxes(boxes: Sequence[Box], size: tuple[int, int], spec: InputSpec) -> Tensor:
    """Boxes (k, 4) int64 in the fitted image of a picture of this (width, height), edges rounded to whole pixels.

    What is cut off is cut off the boxes too; those of which nothing is left are left out.
    """
    left, top, scale = _cut(size, spec)
    edges = torch.tensor(boxes, dtype=torch.float64).view(-1, 4)
    moved = ((edges - edges.new_tensor([top, left, top, left])) / scale).round().long()
    limits = torch.tensor([spec.height, spec.width, spec.height, spec.width])
    moved = torch.minimum(moved.clamp(min=0), limits)
    return moved[(moved[:, 0] < moved[:, 2]) & (moved[:, 1] < moved[:, 3])]


def _cut(size: tuple[int, int], spec: InputSpec) -> tuple[float, float, float]:
    """(left, top) of what is kept of a picture of this (width, height), and its pixels per pixel of the model."""
    width, height = size
    scale = spec.crop * min(width / spec.width, height / spec.height)
    return width / 2 - spec.width * scale / 2, height / 2 - spec.height * scale / 2, scale
