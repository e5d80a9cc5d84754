"""Pictures of the gallery: photographs, and maps as grey pictures in which 128 means zero."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 112
"""Pixels along the longer side, at most."""
SMALL = 64
"""Up to this side, maps are stored without loss: a pixel of a digit is a fact, not a texture."""
CLIP = 99.5
"""Percentile of |map| that becomes the strongest colour."""


class Picture(str):
    """A data address with the size of the picture behind it."""

    width: int
    height: int


def photo_picture(pixels: NDArray[np.uint8]) -> Picture:
    """(H, W, 3) uint8 as a small colour picture."""
    image = Image.fromarray(pixels)
    return _picture(_shrink(image, Image.Resampling.LANCZOS), quality=75)


def map_picture(phi: NDArray[Any]) -> Picture:
    """(C, H, W) as 8-bit grey: 128 + 127 * sum over channels / 99.5 percentile, clipped."""
    flat = np.nan_to_num(np.asarray(phi, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    largest = np.abs(flat).max(initial=0.0)
    summed = (flat / (largest or 1.0)).sum(axis=0).astype(np.float32)
    values = np.asarray(_shrink(Image.fromarray(summed), Image.Resampling.BOX))
    size = np.abs(values)
    scale = np.percentile(size, CLIP) or size.max() or 1.0
    grey = np.clip(np.rint(128 + 127 * values / scale), 1, 255).astype(np.uint8)
    return _picture(Image.fromarray(grey), quality=60)


def _shrink(image: Image.Image, resampling: Image.Resampling) -> Image.Image:
    factor = SIDE / max(image.size)
    if factor >= 1:
        return image
    width, height = (max(1, round(n * factor)) for n in image.size)
    return image.resize((width, height), resampling)


def _picture(image: Image.Image, quality: int) -> Picture:
    buffer = io.BytesIO()
    lossless = max(image.size) <= SMALL
    image.save(buffer, "WEBP", lossless=lossless, quality=100 if lossless else quality, method=4)
    picture = Picture("data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii"))
    picture.width, picture.height = image.size
    return picture
