"""Networks whose weights are the same at every call."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

CLASSES = 5


def seeded(build: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    """The network with the weights of this seed, batch norms with statistics of their own, in training mode.

    The caller's random numbers stay as they are.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        net = build()
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                assert m.running_mean is not None
                assert m.running_var is not None
                m.running_mean.normal_(0, 0.2)
                m.running_var.uniform_(0.5, 2)
                nn.init.uniform_(m.weight, 0.5, 1.5)
    return net.train()
