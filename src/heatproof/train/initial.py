"""How weights begin: drawn from our own generators, the global ones untouched."""

from __future__ import annotations

import torch
from torch import Generator, nn


def initialised(net: nn.Module, rule: str, random: Generator) -> nn.Module:
    """The network with new weights. kaiming: He et al. 2015 and zero biases; own: as each layer does by itself."""
    if rule == "own":
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(random.initial_seed())
            for layer in net.modules():
                if callable(getattr(layer, "reset_parameters", None)):
                    layer.reset_parameters()  # type: ignore[operator]
        return net
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=random)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net


def penalised(net: nn.Module) -> list[nn.Parameter]:
    """The weights that `reg` keeps small: all matrices and kernels but those of the last layer."""
    return [p for p in net.parameters() if p.ndim > 1][:-1]
