"""Recipes of masks: which pixels are taken away. mask[i] is True where evidence goes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable
from functools import lru_cache

import torch
from torch import Tensor


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
    """Sets of the first k units of an order. A set gets its index when somebody first asks for it, and keeps it.

    So whoever removes the same units of one image in the same order has the same points, whatever else they ask for.
    """

    def __init__(self, order: Tensor, labels: Tensor) -> None:
        ranks = torch.empty(len(order), dtype=torch.int32, device=order.device)
        ranks[order] = torch.arange(len(order), dtype=torch.int32, device=order.device)
        self.ranks, self.units = ranks[labels], len(order)
        self.key = ("ranked", object())
        self._index: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._index)

    def index(self, k: int) -> int:
        """Which of the masks holds the first k units."""
        return self._index.setdefault(k, len(self._index))

    def rows(self, start: int, stop: int) -> Tensor:
        counts = torch.tensor(list(self._index)[start:stop], dtype=torch.int32, device=self.ranks.device)
        return self.ranks[None] < counts.view(-1, 1, 1, 1)


class Windows(Masks):
    """A box moved over the image from (0, 0, 0) in steps of `stride`; the last one may hang over the edge.

    `grid` is how many there are along each axis; `inside` leaves those out that hang over.
    """

    def __init__(
        self, shape: tuple[int, ...], window: tuple[int, ...], stride: tuple[int, ...], *, inside: bool = False
    ) -> None:
        self.shape, self.window, self.stride = shape, window, stride
        left = [(max(d - w, 0), s) for d, w, s in zip(shape, window, stride, strict=True)]
        self.grid = tuple(room // s + 1 if inside else -(-room // s) + 1 for room, s in left)
        self.key = ("windows", window, stride, inside)

    def __len__(self) -> int:
        return math.prod(self.grid)

    def rows(self, start: int, stop: int) -> Tensor:
        return _windows(self.shape, self.window, self.stride, self.grid, start, stop)

    def covering(self) -> Tensor:
        """(C, H, W): by how many of the windows each value is covered."""
        axes = zip(self.shape, self.window, self.stride, map(torch.arange, self.grid), strict=True)
        channels, down, across = (_covers(*axis).sum(0) for axis in axes)
        return channels[:, None, None] * down[:, None] * across


Sides = tuple[int, ...]


@lru_cache(maxsize=32)
def _windows(shape: Sides, window: Sides, stride: Sides, grid: Sides, start: int, stop: int) -> Tensor:  # noqa: PLR0917
    """Masks start..stop (stop - start, C, H, W): the same for every image, and so for every neighbour of one."""
    i = torch.arange(start, stop)
    places = (i // (grid[1] * grid[2]), i // grid[2] % grid[1], i % grid[2])
    channels, down, across = (_covers(*axis) for axis in zip(shape, window, stride, places, strict=True))
    return channels[:, :, None, None] & down[:, None, :, None] & across[:, None, None, :]


def _covers(length: int, side: int, step: int, places: Tensor) -> Tensor:
    """(windows, length): what each covers along one axis, by its place there."""
    at, first = torch.arange(length)[None], places[:, None] * step
    return (at >= first) & (at < first + side)
