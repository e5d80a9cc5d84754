"""Linear layers and convolutions whose weights begin as a truncated normal, as the networks of the sanity checks do.

The rule is the layer's own `reset_parameters`, so that whatever makes a layer fresh draws from the same distribution.
"""

from __future__ import annotations

import math

from torch import nn


class TruncatedLinear(nn.Linear):
    """Weights from N(0, s^2) cut at 2 s; without an `s` it is 2 / sqrt(inputs). The mean of the biases is `bias0`."""

    def __init__(self, inputs: int, outputs: int, *, s: float | None = None, bias0: float = 0.0) -> None:
        self.s, self.bias0 = 2 / math.sqrt(inputs) if s is None else s, bias0
        super().__init__(inputs, outputs)

    def reset_parameters(self) -> None:
        """New weights from the global generator, constant biases."""
        nn.init.trunc_normal_(self.weight, 0.0, self.s, -2 * self.s, 2 * self.s)
        nn.init.constant_(self.bias, self.bias0)


class TruncatedConv2d(nn.Conv2d):
    """A convolution that keeps the size of its input; weights from N(0, s^2) cut at 2 s, constant biases."""

    def __init__(self, channels: int, out: int, kernel: int, *, s: float, bias0: float = 0.0) -> None:
        self.s, self.bias0 = s, bias0
        super().__init__(channels, out, kernel, padding=kernel // 2)

    def reset_parameters(self) -> None:
        """New weights from the global generator, constant biases."""
        nn.init.trunc_normal_(self.weight, 0.0, self.s, -2 * self.s, 2 * self.s)
        if self.bias is not None:
            nn.init.constant_(self.bias, self.bias0)
