"""What stands where evidence is taken away: a number, the image's mean, its blurred copy, noise, or given pixels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.image import Image, fingerprint
from heatproof.vocabulary.rng import draw

Name = Literal["black", "mean", "blur", "uniform"]
NAMES: tuple[str, ...] = get_args(Name)
Fill = float | Name | Sequence[Any] | Tensor
"""A number, one of NAMES, or the pixels themselves as (C, H, W) lists or a tensor."""

BLUR = 0.1
"""Standard deviation of the blur, as a share of the shorter side of the image."""


@dataclass(frozen=True, eq=False)
class Filled:
    """Pixels (C, H, W) to put in place of removed ones, and their name in keys."""

    key: Hashable
    pixels: Tensor


def fill_for(image: Image, fill: Fill) -> Filled:
    """The pixels that this fill means for this image.

    black: 0; mean: the image's mean of each channel; blur: a Gaussian blur; uniform: U(min x, max x) noise.
    """
    if isinstance(fill, str):
        return _named(image, fill)
    if isinstance(fill, bool) or not isinstance(fill, int | float | Tensor | Sequence):
        raise problem("HP105", setting="fill", value=fill, valid="a number, pixels (C, H, W), or " + ", ".join(NAMES))
    given = torch.as_tensor(fill, dtype=image.x.dtype, device=image.x.device)
    if not torch.isfinite(given).all():
        raise problem("HP105", setting="fill", value="a value that is not finite", valid="finite numbers")
    try:
        pixels = given.expand(image.x.shape)
    except RuntimeError:
        raise problem(
            "HP105",
            setting="fill",
            value=f"pixels of shape {tuple(given.shape)}",
            valid=f"the shape of the image, {tuple(image.x.shape)}",
        ) from None
    return Filled(float(given) if given.ndim == 0 else fingerprint(given), pixels)


def _named(image: Image, name: str) -> Filled:
    x = image.x
    if name == "black":
        return Filled(0.0, torch.zeros_like(x))
    if name == "mean":
        return Filled(name, image.fact("mean", lambda: x.mean((1, 2), keepdim=True).expand_as(x)))
    if name == "blur":
        return Filled(name, image.fact("blur", lambda: blurred(x, BLUR * min(x.shape[1:]))))
    if name == "uniform":
        purpose = (image.seed, image.id, "uniform fill")
        low, high = x.min(), x.max()
        noise = image.fact(purpose, lambda: low + (high - low) * draw(purpose, 0, 1, x, "uniform")[0])
        return Filled((name, image.seed), noise)
    raise problem("HP105", setting="fill", value=repr(name), valid=", ".join(NAMES) + nearest(name, NAMES))


def blurred(x: Tensor, sigma: float) -> Tensor:
    """x (C, H, W) convolved with a Gaussian of standard deviation sigma pixels, edges repeated."""
    radius = max(1, round(3 * sigma))
    t = torch.arange(-radius, radius + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-(t**2) / (2 * max(sigma, 1e-6) ** 2))
    kernel = kernel / kernel.sum()
    y = x[:, None]
    y = conv2d(pad(y, (radius, radius, 0, 0), "replicate"), kernel.view(1, 1, 1, -1))
    return conv2d(pad(y, (0, 0, radius, radius), "replicate"), kernel.view(1, 1, -1, 1))[:, 0]
