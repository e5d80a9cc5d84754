"""The value of one computation with the derivative of another: how backward rules are put into a forward."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def swapped(value: Tensor, by: Tensor) -> Tensor:
    """`value`, through which gradients pass back as they pass back through `by`, a tensor of the same shape."""
    out: Tensor = Swap.apply(by, [value])  # type: ignore[no-untyped-call]
    return out


class Swap(torch.autograd.Function):
    """The value comes in a list: as an argument it would come out as a view, which may not be written over."""

    @staticmethod
    def forward(ctx: Any, by: Tensor, value: list[Tensor]) -> Tensor:
        """The value."""
        return value[0]

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        """What comes back goes on to `by`."""
        return g, None
