"""Recipes made of other recipes: the same points moved by some pixels, or kept within a range."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from heatproof.vocabulary.fills import Filled
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Points, Rows


@dataclass(frozen=True, eq=False)
class Moved(Points):
    """z + b for every point z."""

    points: Points
    by: Filled

    @property
    def image(self) -> Image:  # type: ignore[override]
        return self.points.image

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("moved", self.by.key, self.points.key)

    def __len__(self) -> int:
        return len(self.points)

    def rows(self, start: int, stop: int) -> Rows:
        rows = self.points.rows(start, stop)
        return replace(rows, z=rows.z + self.by.pixels)


@dataclass(frozen=True, eq=False)
class Clamped(Points):
    """Every value of every point kept between `low` and `high`."""

    points: Points
    low: float
    high: float

    @property
    def image(self) -> Image:  # type: ignore[override]
        return self.points.image

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("clamped", self.low, self.high, self.points.key)

    def __len__(self) -> int:
        return len(self.points)

    def rows(self, start: int, stop: int) -> Rows:
        rows = self.points.rows(start, stop)
        return replace(rows, z=rows.z.clamp(self.low, self.high))
