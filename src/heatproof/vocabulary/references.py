"""Other images of the same data, as places from which to look at an image."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.image import Image, fingerprint
from heatproof.vocabulary.points import Cloud, Points, Rows
from heatproof.vocabulary.rng import draw

_NAMED: WeakTensorKeyDictionary = WeakTensorKeyDictionary()
"""Fingerprints of references: they are large, and the same for every image."""


@dataclass(frozen=True, eq=False)
class Between(Points):
    """b_i + a_i (x_i - b_i): on the line from a reference b_i, drawn at random, to x_i; a_i ~ U(0, 1).

    The x_i are the points of a cloud around the image, or the image itself where its sigma is 0.
    """

    cloud: Cloud
    reference: Tensor
    """(N, C, H, W)"""

    def __post_init__(self) -> None:
        got, shape = tuple(self.reference.shape), tuple(self.image.x.shape)
        if got[1:] != shape or not got[0]:
            raise problem("HP105", setting="reference", value=f"images of shape {got}", valid=f"images (N, *{shape})")

    @property
    def image(self) -> Image:  # type: ignore[override]
        return self.cloud.image

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("between", named(self.reference), self.cloud.key)

    def __len__(self) -> int:
        return len(self.cloud)

    def rows(self, start: int, stop: int) -> Rows:
        b, way = self.ways(start, stop)
        return Rows(b + self._drawn(start, stop)[1].to(way).view(-1, 1, 1, 1) * way)

    def ways(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """(b_i, x_i - b_i) of the points start..stop, each (k, C, H, W)."""
        chosen, _ = self._drawn(start, stop)
        b = self.reference[chosen.to(self.reference.device)].to(self.image.x)
        return b, self._ends(start, stop) - b

    def _ends(self, start: int, stop: int) -> Tensor:
        return self.cloud.rows(start, stop).z if self.cloud.sigma else self.image.x

    def _drawn(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Which reference, and how far along."""
        name = (self.image.seed, self.image.id, "references")
        u = draw(name, start, stop, torch.empty(2, dtype=torch.float64), "uniform", drawn=torch.float64)
        return (u[:, 0] * len(self.reference)).long(), u[:, 1]


def named(reference: Tensor) -> str:
    """The fingerprint of a reference, found once."""
    if reference not in _NAMED:
        _NAMED[reference] = fingerprint(reference)
    found: str = _NAMED[reference]
    return found
