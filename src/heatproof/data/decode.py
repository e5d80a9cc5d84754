"""One image file, made honest: upright, on white, in the right range - or one line saying why not.

orientation   the camera's EXIF turn is applied
16-bit grey   divided by 65535 (Pillow's own conversion would clip it at 255)
grey, palette, CMYK, YCbCr   converted to RGB
transparency  laid on white
animation, many pages   the first frame
above 50 million pixels   refused before decoding
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

PIXEL_LIMIT = 50_000_000
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")


class Unreadable(Exception):  # noqa: N818 - a reason, kept beside the other images
    """This file gives no image; the text is the reason in one line."""


def decode(path: Path) -> Tensor:
    """The picture in a file, (3, H, W) float32 in [0, 1]."""
    return to_tensor(read_image(path))


def read_image(path: Path) -> Image.Image:
    """The picture in a file, upright: mode "RGB", or mode "F" in [0, 1] where it has more than 8 bits of grey."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                return _read(image)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # decoders meet hostile bytes with any exception there is
        raise Unreadable(_reason(error)) from error


def to_tensor(image: Image.Image) -> Tensor:
    """(3, H, W) float32 in [0, 1] of an image of `read_image`."""
    values = np.asarray(image, dtype=np.float32)
    if image.mode == "F":
        return torch.from_numpy(values.clip(0, 1)).expand(3, -1, -1).contiguous()
    return torch.from_numpy(values / np.float32(255)).permute(2, 0, 1).contiguous()


def _read(image: Image.Image) -> Image.Image:
    """Check the size, load the pixels, turn and convert them."""
    width, height = image.size
    if width * height > PIXEL_LIMIT:
        raise Unreadable(f"{width} x {height} pixels, more than the limit of {PIXEL_LIMIT // 1_000_000} million")
    image.load()
    return _converted(ImageOps.exif_transpose(image))


def _converted(image: Image.Image) -> Image.Image:
    """The image in mode "RGB" or, for deep greys, "F"."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _deep(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _deep(image: Image.Image) -> Image.Image:
    """16-bit whole numbers over 65535; floating-point greys as they are, if they lie in [0, 1]."""
    values = np.asarray(image, dtype=np.float32)
    if image.mode != "F":
        values = values / np.float32(65535)
    if not (values.min() >= 0 and values.max() <= 1):
        raise Unreadable(f"values outside the range of its type ({image.mode}): wanted 16-bit or [0, 1] grey")
    return Image.fromarray(values)


def _reason(error: Exception) -> str:
    """One line without addresses in memory or the path."""
    if isinstance(error, UnidentifiedImageError):
        return "not an image, or damaged at its beginning"
    if isinstance(error, Image.DecompressionBombError):
        return f"more pixels than the limit of {PIXEL_LIMIT // 1_000_000} million"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return " ".join(f"damaged: {error or type(error).__name__}".split())[:200]
