"""Blurred copies of an image (C, H, W)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad


def blurred(x: Tensor, sigma: float) -> Tensor:
    """x convolved with a Gaussian of standard deviation sigma pixels, cut off at three of them; edges repeated."""
    radius = max(1, round(3 * sigma))
    y = pad(x[:, None], (radius, radius, radius, radius), "replicate")
    return _separable(y, gaussian(radius, sigma, x))


def blurred_into(x: Tensor, outside: Tensor, sigma: float, radius: int) -> Tensor:
    """x convolved with a Gaussian cut off at `radius`; beyond its edges there is the colour `outside` (C, 1, 1)."""
    y = pad((x - outside)[:, None], (radius, radius, radius, radius))
    return outside + _separable(y, gaussian(radius, sigma, x))


def boxed(x: Tensor, side: int) -> Tensor:
    """Mean over side x side pixels around each, from side // 2 before it; beyond an edge x goes on in a mirror."""
    for axis in (1, 2):
        before, length = side // 2, x.shape[axis]
        places = torch.arange(-before, length + side - 1 - before, device=x.device)
        x = x.index_select(axis, mirrored(places, length)).unfold(axis, side, 1).mean(-1)
    return x


def mirrored(places: Tensor, length: int) -> Tensor:
    """Indices that may lie outside [0, length) as if the pixels went on in a mirror: -1 is 1, -2 is 2."""
    if length == 1:
        return torch.zeros_like(places)
    there = places.abs() % (2 * length - 2)
    return torch.minimum(there, 2 * length - 2 - there)


def gaussian(radius: int, sigma: float, like: Tensor) -> Tensor:
    """Weights of a Gaussian at -radius .. radius, adding up to 1."""
    t = torch.arange(-radius, radius + 1, dtype=like.dtype, device=like.device)
    kernel = torch.exp(-(t**2) / (2 * max(sigma, 1e-6) ** 2))
    return kernel / kernel.sum()


def _separable(y: Tensor, kernel: Tensor) -> Tensor:
    return conv2d(conv2d(y, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))[:, 0]
