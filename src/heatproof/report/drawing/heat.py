"""Maps as coloured pictures: how they are scaled, and three ways to colour them.

Published code shows a signed map of several channels as clip((s + a) / 2a, -1, 1), which puts zero at one half of a
scale that begins at -1: no sign can be read from it. Here zero is white, and both sides reach equally far.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]
Colouring = Literal["signed", "grey", "red"]
COLOURINGS: dict[Colouring, str] = {
    "signed": "signed, red for and blue against, white at zero",
    "grey": "absolute, black at the smallest value",
    "red": "absolute, white at the smallest value, in the colours of the signed maps",
}
PERCENTILE = 99.0
"""Of the values of a map of several channels: what lies above is drawn in the strongest colour."""
_BLUE_TO_RED = ("053061", "2166ac", "4393c3", "92c5de", "ffffff", "f4a582", "d6604d", "b2182b", "67001f")
_STEPS = 257
"""Odd, so that zero has a colour of its own."""


def scaled(phi: Array, *, absolute: bool) -> tuple[NDArray[np.float64], float]:
    """(C, H, W) -> (H, W) within [-1, 1], or [0, 1] where absolute, and the value that is drawn in the last colour.

    Channels are summed (their sizes, where absolute). The scale ends at the largest size of a map of one channel, at
    the 99th percentile of that of several.
    """
    values = np.nan_to_num(np.asarray(phi, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    size = np.abs(values)
    summed = (size if absolute else values).sum(0)
    low = float(summed.min()) if absolute and len(values) > 1 else 0.0
    top = np.abs(summed) - low
    end = float(np.percentile(top, PERCENTILE)) if len(values) > 1 else float(top.max())
    end = end or float(top.max())
    share = (summed - low) / end if end else np.zeros_like(summed)
    return np.clip(share, 0.0 if absolute else -1.0, 1.0), low + end


def coloured(phi: Array, how: Colouring, pixels: int) -> NDArray[np.uint8]:
    """(C, H, W) as a picture (H, W, 3) with a longer side of `pixels` at most."""
    share, _ = scaled(phi, absolute=how != "signed")
    share = _shrunk(share, pixels)
    if how == "grey":
        return np.repeat(np.rint(255 * share).astype(np.uint8)[..., None], 3, 2)
    picture: NDArray[np.uint8] = signed_colours()[np.rint((share + 1) / 2 * (_STEPS - 1)).astype(int)]
    return picture


def signed_colours() -> NDArray[np.uint8]:
    """(257, 3): blue for -1, white for 0, red for 1."""
    anchors = np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in _BLUE_TO_RED])
    places = np.linspace(0, len(anchors) - 1, _STEPS)
    channels = [np.interp(places, range(len(anchors)), anchors[:, c]) for c in range(3)]
    colours: NDArray[np.uint8] = np.rint(np.stack(channels, 1)).astype(np.uint8)
    return colours


def photo(pixels: Array, longest: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, its longer side not above `longest`."""
    image = Image.fromarray(np.asarray(pixels, np.uint8))
    factor = longest / max(image.size)
    if factor < 1:
        image = image.resize(_size(image.size, factor), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _shrunk(values: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    image = Image.fromarray(values.astype(np.float32))
    factor = longest / max(image.size)
    if factor < 1:
        image = image.resize(_size(image.size, factor), Image.Resampling.BOX)
    return np.asarray(image, np.float64)


def _size(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
