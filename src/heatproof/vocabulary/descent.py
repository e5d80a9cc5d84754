"""Gradient descent on a small mask that lies beside the model, in float64, and where it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from heatproof.vocabulary.blurs import blurred
from heatproof.vocabulary.cam import Enlargement, enlarged

DISCS = 35
"""Discs that are tried as a start, from nothing to the whole image."""


@dataclass
class Adam:
    """Adam (Kingma and Ba, 2015) with its usual constants: about `rate` a step, whatever the size of the gradient."""

    rate: float
    _first: Tensor = field(default_factory=lambda: torch.zeros(()))
    _second: Tensor = field(default_factory=lambda: torch.zeros(()))
    _steps: int = 0

    def step(self, m: Tensor, g: Tensor) -> Tensor:
        """m after one step against the gradient g."""
        self._steps += 1
        self._first = 0.9 * self._first.to(g) + 0.1 * g
        self._second = 0.999 * self._second.to(g) + 0.001 * g.square()
        mean, size = self._first / (1 - 0.9**self._steps), (self._second / (1 - 0.999**self._steps)).sqrt()
        return m - self.rate * mean / (size + 1e-8)


@dataclass(frozen=True)
class Objective:
    """l1 sum |1 - m| + tv sum |m_u - m_v|^beta over neighbours u, v + the score of what the enlarged mask shows."""

    l1: float
    tv: float
    beta: float
    upsampling: Enlargement

    def cost(self, m: Tensor) -> Tensor:
        """What the mask (h, w) costs by itself."""
        rough = m.diff(dim=0).abs().pow(self.beta).sum() + m.diff(dim=1).abs().pow(self.beta).sum()
        return self.l1 * (1 - m).abs().sum() + self.tv * rough

    def slope(self, m: Tensor, change: Tensor) -> Tensor:
        """The gradient at m, where the score changes by `change` (H, W) per unit of the enlarged mask."""
        slope = -self.l1 * (1 - m).sign()
        for axis in (0, 1):
            step = m.diff(dim=axis)
            rise = self.tv * self.beta * step.abs().pow(self.beta - 1) * step.sign()
            slope.narrow(axis, 0, rise.shape[axis]).sub_(rise)
            slope.narrow(axis, 1, rise.shape[axis]).add_(rise)
        sides = zip(m.shape, change.shape, strict=True)
        down, across = (_enlarging(short, long, self.upsampling).to(change) for short, long in sides)
        return slope + down @ change @ across.T


@cache
def _enlarging(short: int, long: int, upsampling: Enlargement) -> Tensor:
    """What each of `short` values in a row gives to the `long` ones it is enlarged to: (short, long)."""
    return enlarged(torch.eye(short, dtype=torch.float64)[:, None], (1, long), upsampling)[:, 0]


@cache
def discs_for(size: tuple[int, int], sides: tuple[int, int]) -> Tensor:
    """Masks (DISCS, h, w) that are 0 in a disc around the middle and 1 outside, softened; the last one is 0."""
    h, w = size
    y, x = torch.arange(h, dtype=torch.float64)[:, None], torch.arange(w, dtype=torch.float64)
    away = torch.hypot(y - (h - 1) / 2, x - (w - 1) / 2)
    radii = torch.linspace(0, 0.54 * math.hypot(h, w), DISCS, dtype=torch.float64)
    hard = (away >= radii[:, None, None]).double()
    soft = adaptive_avg_pool2d(blurred(hard, 10 / 224 * min(size)), sides)
    soft[-1] = 0
    return soft
