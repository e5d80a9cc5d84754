"""Which layers of a model an experiment changes, and in which order."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from heatproof.vocabulary.errors import Undefined

Layers = tuple[str, ...]


def grouped(layers: Layers, stages: int | Literal["all"]) -> list[Layers]:
    """Consecutive groups of layers from the output down, their sizes differing by one at most; all: one by one."""
    count = len(layers) if stages == "all" else min(stages, len(layers))
    if not count:
        raise Undefined("the model has no layer with weights")
    bounds = [round(k * len(layers) / count) for k in range(count + 1)]
    return [layers[a:b] for a, b in pairwise(bounds)]


def cascading(groups: list[Layers]) -> list[Layers]:
    """From the output down, one group after the other, those above included."""
    return [tuple(name for group in groups[: k + 1] for name in group) for k in range(len(groups))]
