"""A picture of any size, cut to what the model wants to see.

The centre, `crop` of the shorter side in the model's proportions, is resampled by Pillow with its antialias in one
step, in the 8 bits of the file as torchvision and timm do it; a long and thin picture needs no more memory for it.
"""

from __future__ import annotations

from PIL import Image
from torch import Tensor

from heatproof.data.decode import to_tensor
from heatproof.models.input import InputSpec

PHOTO = InputSpec(3, 224, 224, crop=0.875, interpolation="bicubic")
"""What a photograph is cut to when no model says otherwise."""

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
_LUMA = (0.299, 0.587, 0.114)


def fit(image: Image.Image, spec: InputSpec) -> Tensor:
    """The image as (C, H, W) float32 in [0, 1]."""
    width, height = image.size
    scale = spec.crop * min(width / spec.width, height / spec.height)
    half_width, half_height = spec.width * scale / 2, spec.height * scale / 2
    box = (width / 2 - half_width, height / 2 - half_height, width / 2 + half_width, height / 2 + half_height)
    pixels = to_tensor(image.resize((spec.width, spec.height), _FILTERS[spec.interpolation], box=box))
    if spec.channels == 1:
        return pixels.mul(pixels.new_tensor(_LUMA).view(3, 1, 1)).sum(0, keepdim=True).clamp(max=1)
    return pixels
