"""How gradients are read: per pixel value or per unit of the model's own input, with their sign or without."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from heatproof.vocabulary.image import Image


def slopes(image: Image, unit: str, *, absolute: bool = False) -> Callable[[Tensor], Tensor]:
    """g (k, C, H, W), df per pixel value -> df per `unit`; without sign when `absolute`.

    Behind the model's normalisation, u = (x - zero) / unit, a gradient is df/du = unit df/dx.
    """

    def read(g: Tensor) -> Tensor:
        g = g * image.unit.to(g) if unit == "normalised" else g
        return g.abs() if absolute else g

    return read
