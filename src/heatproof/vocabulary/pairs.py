"""Pairs of the image and a reference, as points: for edits whose answer is about the difference between the two."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import torch
from torch import Tensor

from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Points, Rows


@dataclass(frozen=True, eq=False)
class Paired(Points):
    """The image with references[order[i]]: rows (k, 2C, H, W), first the channels of the image, then the reference's.

    `name` names references and order, without how many of them there are.
    """

    image: Image
    references: Tensor
    """(N, C, H, W)"""
    order: tuple[int, ...]
    name: Hashable

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("paired", self.name)

    def __post_init__(self) -> None:
        got, shape = tuple(self.references.shape), tuple(self.image.x.shape)
        if got[1:] != shape or not got[0]:
            raise problem("HP105", setting="reference", value=f"images of shape {got}", valid=f"images (N, *{shape})")

    def __len__(self) -> int:
        return len(self.order)

    def rows(self, start: int, stop: int) -> Rows:
        r = self.references[list(self.order[start:stop])].to(self.image.x)
        return Rows(torch.cat([self.image.x.expand_as(r), r], 1))


def gap(z: Tensor) -> Tensor:
    """x - r (k, C, H, W) of pairs (k, 2C, H, W)."""
    x, r = z.chunk(2, 1)
    return x - r
