"""What a model wants to see: the size, the normalisation and how a photograph is cut to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class InputSpec:
    """Images in [0, 1] are cut to `height` x `width`; the model itself subtracts `mean` and divides by `std`."""

    channels: int
    height: int
    width: int
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    crop: float = 1.0
    """Share of the shorter side that the centre crop keeps."""
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
