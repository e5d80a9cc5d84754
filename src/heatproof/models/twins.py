"""Twins of a network: other weights of the same architecture, by what they were trained on ("random labels")."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from torch import nn

from heatproof.models.checkpoint import Weights, check, read_weights

Twin = str | os.PathLike[str] | nn.Module | Weights
"""A weights file, a network, or the state dict of one."""


def twins_of(net: nn.Module, given: Mapping[str, Twin], prefix: str = "") -> dict[str, Weights]:
    """The weights of each twin, checked against the network; `prefix` is put before the names of its tensors."""
    net = getattr(net, "_orig_mod", net)  # torch.compile puts its own name before all others
    return {name: _weights(net, name, twin, prefix) for name, twin in given.items()}


def _weights(net: nn.Module, name: str, twin: Twin, prefix: str) -> Weights:
    if isinstance(twin, nn.Module):
        weights: Weights = getattr(twin, "_orig_mod", twin).state_dict()
    else:
        weights = twin if isinstance(twin, Mapping) else read_weights(Path(twin))
    check(net, weights, f"the twin {name!r}" if isinstance(twin, nn.Module | Mapping) else Path(twin))
    return {f"{prefix}{key}": value.detach() for key, value in weights.items()}
