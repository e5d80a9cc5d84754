"""Points near an image: the same ones for every method, so that what is asked there is shared."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Points, Rows
from heatproof.vocabulary.score import Score


@dataclass(frozen=True, eq=False)
class Clipped(Points):
    """Points of another recipe, their values cut off at `low` and `high`."""

    points: Points
    low: float
    high: float
    image: Image = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", self.points.image)

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("clipped", self.points.key, self.low, self.high)

    def __len__(self) -> int:
        return len(self.points)

    def rows(self, start: int, stop: int) -> Rows:
        return Rows(self.points.rows(start, stop).z.clamp(self.low, self.high))


def neighbours(f: Score, near: Points, start: int, stop: int, noise: str) -> list[Score]:
    """f around points start..stop; with fresh noise the streams are not those of the image."""
    around = f.around(near, start, stop)
    return [g.reseeded(f.image.seed + 1 + start + i) for i, g in enumerate(around)] if noise == "fresh" else around
