"""Recipes of masks that take whole segments away: random sets of them, and what LIME and Kernel SHAP sample.

The random numbers of an image depend on how many segments it has, not on where they lie: neighbours share them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from heatproof.vocabulary.image import Image
from heatproof.vocabulary.masks import Masks
from heatproof.vocabulary.rng import draw
from heatproof.vocabulary.segments import Segments


class Coalitions(Masks):
    """Masks over the segments of an image; the segments that stay are the coalition."""

    segments: Segments

    @abstractmethod
    def absent(self, start: int, stop: int) -> Tensor:
        """Which segments are taken away: (stop - start, count) bool, on the CPU."""

    def present(self, start: int, stop: int) -> Tensor:
        """Which segments stay: the interpretable vectors (stop - start, count) bool."""
        return ~self.absent(start, stop)

    def rows(self, start: int, stop: int) -> Tensor:
        return self.segments.painted(self.absent(start, stop).to(self.segments.labels.device))


@dataclass(frozen=True, eq=False)
class AllCoalitions(Coalitions):
    """Every set of segments but the empty and the full one: set i takes away the segments of the bits of i + 1."""

    segments: Segments

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("all coalitions", self.segments.key)

    def __len__(self) -> int:
        return int(2**self.segments.count) - 2

    def absent(self, start: int, stop: int) -> Tensor:
        bits = torch.arange(self.segments.count)
        return (torch.arange(start + 1, stop + 1)[:, None] >> bits & 1).bool()


@dataclass(frozen=True, eq=False)
class Halves(Coalitions):
    """n random sets of segments: each segment goes with probability 1/2."""

    image: Image
    segments: Segments
    n: int

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("halves of the segments", self.image.seed, self.segments.key)

    def __len__(self) -> int:
        return self.n

    def absent(self, start: int, stop: int) -> Tensor:
        return _uniform(self.image, "halves", start, stop, self.segments.count) < 0.5


@dataclass(frozen=True, eq=False)
class RandomSegments(Coalitions):
    """n random sets of `size` segments, each of the same probability."""

    image: Image
    segments: Segments
    size: int
    n: int

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("random segments", self.image.seed, self.segments.key, self.size)

    def __len__(self) -> int:
        return self.n

    def absent(self, start: int, stop: int) -> Tensor:
        return _chosen(_uniform(self.image, f"sets of {self.size}", start, stop, self.segments.count), self.size)


@dataclass(frozen=True, eq=False)
class ShapleyCoalitions(Coalitions):
    """n sets of segments with the probability of the Shapley kernel: size s of m as 1 / (s (m - s)), then any set.

    When paired, every set is followed by its complement.
    """

    image: Image
    segments: Segments
    n: int
    paired: bool

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("shapley coalitions", self.image.seed, self.segments.key, self.paired)

    def __len__(self) -> int:
        return self.n

    @cached_property
    def _cumulative(self) -> Tensor:
        m = self.segments.count
        s = torch.arange(1, m, dtype=torch.float64)
        return (1 / (s * (m - s))).cumsum(0)

    def absent(self, start: int, stop: int) -> Tensor:
        step = 2 if self.paired else 1
        first, last = start // step, -(-stop // step)
        purpose, c = f"coalitions, paired {self.paired}", self._cumulative
        u = _uniform(self.image, purpose, first, last, self.segments.count + 1)
        sizes = 1 + torch.searchsorted(c, u[:, 0] * c[-1]).clamp_max(len(c) - 1)
        gone = _chosen(u[:, 1:], sizes[:, None])
        both = torch.stack([gone, ~gone], 1).flatten(0, 1) if self.paired else gone
        return both[start - first * step : stop - first * step]


def _uniform(image: Image, purpose: str, start: int, stop: int, numbers: int) -> Tensor:
    """Numbers of U[0, 1) for sets start..stop: (stop - start, numbers) float64, on the CPU."""
    like = torch.empty(numbers, dtype=torch.float64)
    return draw((image.seed, image.id, "segments", purpose, numbers), start, stop, like, "uniform", drawn=like.dtype)


def _chosen(u: Tensor, sizes: Tensor | int) -> Tensor:
    """The `sizes` segments with the smallest numbers of every row."""
    return u.argsort(1).argsort(1) < sizes
