"""Recipes of masks: which pixels are taken away. mask[i] is True where evidence goes."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass

import torch
from torch import Tensor

from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.image import Image, fingerprint
from heatproof.vocabulary.rng import BLOCK, draw, stream


class Masks(ABC):
    """A recipe of n masks. `key` names the recipe without n: mask i is the same in every longer recipe of one key."""

    key: Hashable

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def rows(self, start: int, stop: int) -> Tensor:
        """Masks start..stop as (stop - start, 1 or C, H, W) bool."""


class Everything(Masks):
    """One mask over the whole image: only the fill is left."""

    key = "everything"

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape

    def __len__(self) -> int:
        return 1

    def rows(self, start: int, stop: int) -> Tensor:
        return torch.ones(stop - start, 1, *self.shape, dtype=torch.bool)


class Ranked(Masks):
    """The first counts[i] pixels of an order."""

    def __init__(self, order: Tensor, counts: Tensor, shape: tuple[int, int]) -> None:
        self.counts, self.shape = counts.to(order.device), shape
        self.rank = torch.empty_like(order)
        self.rank[order] = torch.arange(len(order), device=order.device)
        self.key = ("ranked", fingerprint(order), tuple(counts.tolist()))

    def __len__(self) -> int:
        return len(self.counts)

    def rows(self, start: int, stop: int) -> Tensor:
        inside = self.rank[None] < self.counts[start:stop, None]
        return inside.view(-1, 1, *self.shape)


@dataclass(frozen=True, eq=False)
class RandomSubsets(Masks):
    """n random sets of `size` pixels, each of the same probability; they do not depend on any map."""

    image: Image
    size: int
    n: int
    purpose: str = "subsets"

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("random subsets", self.purpose, self.image.seed, self.size)

    def __len__(self) -> int:
        return self.n

    def rows(self, start: int, stop: int) -> Tensor:
        _, h, w = self.image.x.shape
        first, last = start // BLOCK, -(-stop // BLOCK)
        masks = torch.zeros((last - first) * BLOCK, h * w, dtype=torch.bool)
        for block in range(first, last):
            generator = stream(self.image.seed, self.image.id, self.purpose, self.size, block)
            for i in range(BLOCK):
                members = torch.randperm(h * w, generator=generator)[: self.size]
                masks[(block - first) * BLOCK + i, members] = True
        return masks[start - first * BLOCK : stop - first * BLOCK].view(-1, 1, h, w)


class AllSubsets(Masks):
    """Every set of `size` pixels of an h x w image, in lexicographic order."""

    LIMIT = 200_000

    def __init__(self, shape: tuple[int, int], size: int) -> None:
        pixels = shape[0] * shape[1]
        self.shape, self.size, self.n = shape, size, math.comb(pixels, size)
        if self.n > self.LIMIT:
            raise problem(
                "HP105",
                setting="subsets",
                value=f"all {self.n:,} subsets of {size} of {pixels} pixels",
                valid=f"a number of random subsets, or an image with at most {self.LIMIT:,} subsets",
            )
        self.key = ("all subsets", size)

    def __len__(self) -> int:
        return self.n

    def rows(self, start: int, stop: int) -> Tensor:
        chosen = itertools.islice(itertools.combinations(range(self.shape[0] * self.shape[1]), self.size), start, stop)
        members = torch.tensor(list(chosen))
        masks = torch.zeros(len(members), self.shape[0] * self.shape[1], dtype=torch.bool)
        return masks.scatter_(1, members, True).view(-1, 1, *self.shape)


class Windows(Masks):
    """A box moved over the image from (0, 0, 0) in steps of `stride`; the last one may hang over the edge."""

    def __init__(self, shape: tuple[int, ...], window: tuple[int, ...], stride: tuple[int, ...]) -> None:
        self.shape, self.window, self.stride = shape, window, stride
        steps = [-(-max(d - w, 0) // s) + 1 for d, w, s in zip(shape, window, stride, strict=True)]
        self.corners = list(itertools.product(*(range(0, n * s, s) for n, s in zip(steps, stride, strict=True))))
        self.key = ("windows", window, stride)

    def __len__(self) -> int:
        return len(self.corners)

    def rows(self, start: int, stop: int) -> Tensor:
        corners = torch.tensor(self.corners[start:stop])
        inside = []
        for axis, (length, side) in enumerate(zip(self.shape, self.window, strict=True)):
            at, first = torch.arange(length)[None], corners[:, axis, None]
            inside.append((at >= first) & (at < first + side))
        channels, down, across = inside
        return channels[:, :, None, None] & down[:, None, :, None] & across[:, None, None, :]


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


def descending(phi: Tensor, image: Image) -> Tensor:
    """Pixels from the most to the least important: sum of phi over channels, ties in a random order of the image.

    A map that is constant somewhere says nothing about the order there; the raster order would pretend it does.
    """
    heat = phi.sum(0, dtype=torch.float64).flatten()
    if not torch.isfinite(heat).all():
        raise Undefined("the map holds values that are not finite")
    shuffled = image.fact("ties", lambda: _shuffle(len(heat), image)).to(heat.device)
    order: Tensor = shuffled[heat[shuffled].argsort(descending=True, stable=True)]
    return order


def _shuffle(n: int, image: Image) -> Tensor:
    return torch.randperm(n, generator=stream(image.seed, image.id, "ties"))
