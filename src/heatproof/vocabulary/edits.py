"""Edits of a model, as data: they are part of the question, so equal questions to equally edited models are asked once.

The room of a model knows how to carry them out; a formula only names them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Randomized:
    """Fresh initial weights for these layers, each by its own initialiser and its own random stream."""

    layers: tuple[str, ...]
    seed: int = 0


@dataclass(frozen=True)
class GuidedReLU:
    """Backward rule: a ReLU passes back only positive gradients (of the units that were active)."""


Edit = Randomized | GuidedReLU
