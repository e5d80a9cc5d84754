"""Which image comes when: an order whose beginning never depends on how many are asked for."""

from __future__ import annotations

import torch
from torch import Tensor

from heatproof.vocabulary.rng import stream


def round_robin(labels: Tensor) -> Tensor:
    """Places such that the classes take turns: the first of each class, then the second of each, ..."""
    turn = torch.zeros_like(labels)
    for label in torch.unique(labels):
        mine = labels == label
        turn[mine] = torch.arange(int(mine.sum()))
    return torch.argsort(turn * (labels.max() + 1) + labels, stable=True)


def shuffled(labels: Tensor, *name: object) -> Tensor:
    """The same with every class in the random order that belongs to this name."""
    places = torch.randperm(len(labels), generator=stream(*name))
    return places[round_robin(labels[places])]
