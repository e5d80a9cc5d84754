"""Recipes of masks that do not look at any map: random sets and squares, and all sets of one size."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.masks import Masks
from heatproof.vocabulary.rng import BLOCK, draw, stream

Member = Literal["pixel", "value"]
"""What sets are made of: pixels with all their channels, or single values."""


def grid_of(image: Image, member: Member) -> tuple[int, int, int]:
    """(1 or C, H, W): the places of a mask."""
    channels, h, w = image.x.shape
    return (channels if member == "value" else 1, h, w)


@dataclass(frozen=True, eq=False)
class RandomSubsets(Masks):
    """n random sets of `size` pixels (or values), each of the same probability; they do not depend on any map."""

    image: Image
    size: int
    n: int
    purpose: str = "subsets"
    member: Member = "pixel"

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("random subsets", self.purpose, self.member, self.image.seed, self.size)

    def __len__(self) -> int:
        return self.n

    def rows(self, start: int, stop: int) -> Tensor:
        grid = grid_of(self.image, self.member)
        places, first, last = math.prod(grid), start // BLOCK, -(-stop // BLOCK)
        orders = torch.empty((last - first) * BLOCK, places, dtype=torch.int64)
        for block in range(first, last):
            generator = stream(self.image.seed, self.image.id, self.purpose, self.size, block)
            for order in orders[(block - first) * BLOCK :][:BLOCK].unbind():
                torch.randperm(places, generator=generator, out=order)
        members = orders[start - first * BLOCK : stop - first * BLOCK, : self.size]
        masks = torch.zeros(stop - start, places, dtype=torch.bool)
        return masks.scatter_(1, members, True).view(-1, *grid)


class AllSubsets(Masks):
    """Every set of `size` places of an (h, w) or (c, h, w) grid, in lexicographic order."""

    LIMIT = 200_000

    def __init__(self, shape: tuple[int, ...], size: int) -> None:
        self.shape = shape if len(shape) == 3 else (1, *shape)
        self.places, self.size = math.prod(shape), size
        self.n = math.comb(self.places, size)
        if self.n > self.LIMIT:
            raise problem(
                "HP105",
                setting="subsets",
                value=f"all {self.n:,} subsets of {size} of {self.places}",
                valid=f"a number of random subsets, or an image with at most {self.LIMIT:,} subsets",
            )
        self.key = ("all subsets", self.shape, size)

    def __len__(self) -> int:
        return self.n

    def rows(self, start: int, stop: int) -> Tensor:
        chosen = itertools.islice(itertools.combinations(range(self.places), self.size), start, stop)
        members = torch.tensor(list(chosen))
        masks = torch.zeros(len(members), self.places, dtype=torch.bool)
        return masks.scatter_(1, members, True).view(-1, *self.shape)


@dataclass(frozen=True, eq=False)
class RandomSquares(Masks):
    """n squares of `side` pixels at random places inside the image."""

    image: Image
    side: int
    n: int
    purpose: str = "squares"

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("random squares", self.purpose, self.image.seed, self.side)

    def __len__(self) -> int:
        return self.n

    def rows(self, start: int, stop: int) -> Tensor:
        _, h, w = self.image.x.shape
        name = (self.image.seed, self.image.id, self.purpose, self.side)
        u = draw(name, start, stop, torch.empty(2, dtype=torch.float64), "uniform", drawn=torch.float64)
        top, left = (u[:, 0] * (h - self.side + 1)).long(), (u[:, 1] * (w - self.side + 1)).long()
        y, x = torch.arange(h)[None], torch.arange(w)[None]
        in_rows = (y >= top[:, None]) & (y < top[:, None] + self.side)
        in_columns = (x >= left[:, None]) & (x < left[:, None] + self.side)
        return (in_rows[:, :, None] & in_columns[:, None, :])[:, None]
