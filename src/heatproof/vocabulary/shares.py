"""How a map divides its relevance among the pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from heatproof.vocabulary.errors import Undefined


def pixel_shares(phi: Tensor) -> Tensor:
    """|sum over channels of phi| of every pixel, divided by their sum: (d,) float64, adding up to 1."""
    a = phi.sum(0, dtype=torch.float64).abs().flatten()
    if not torch.isfinite(a).all():
        raise Undefined("the map holds values that are not finite")
    largest = a.max()
    if not largest > 0:
        raise Undefined("a map of zeros has no shares")
    a = a / largest  # so that the sum of huge values stays finite, and that of tiny ones above zero
    return a / a.sum()
