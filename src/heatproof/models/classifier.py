"""A classifier and what is known about it; `module` answers images with logits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from heatproof.models.input import InputSpec


@dataclass(frozen=True, eq=False)
class Classifier:
    """An nn.Module (N, C, H, W) -> (N, K) logits, with its name, input and class names.

    With an `input`, images are in [0, 1] and the normalisation is part of `module`.
    """

    module: nn.Module
    name: str = ""
    input: InputSpec | None = None
    classes: tuple[str, ...] | None = None
    source: str = ""
    """Where module and weights came from, in words, for the provenance."""
    twins: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    """Other weights of `module`, as of its state dict, by what they were trained on: "random labels"."""

    def __repr__(self) -> str:
        spec = self.input
        takes = f", images ({spec.channels}, {spec.height}, {spec.width}) in [0, 1]" if spec else ""
        classes = f", {len(self.classes)} named classes" if self.classes else ""
        inside = self.module.net if isinstance(self.module, Normalised) else self.module
        return f"Classifier({self.name!r}: {type(inside).__name__}{takes}{classes})"


class Normalised(nn.Module):
    """net((x - mean) / std): the normalisation as the first layer of the network."""

    mean: Tensor
    std: Tensor

    def __init__(self, net: nn.Module, spec: InputSpec) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(1, -1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of images in [0, 1]."""
        logits: Tensor = self.net((x - self.mean) / self.std)
        return logits
