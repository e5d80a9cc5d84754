"""What callers put into the store and get out of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from heatproof.store.checksum import Fields
from heatproof.vocabulary.errors import problem

Kind = Literal["value", "undefined", "failed"]


@dataclass(frozen=True, eq=False)
class MapRow:
    """The map of one (image, method), or the reason why there is none."""

    image: str
    method: str
    array: NDArray[np.float32] | None
    """(C, H, W)"""
    reason: str | None = None
    notes: Mapping[str, float] = field(default_factory=dict)
    """What the method noted about how it made this map; kept in the file of the map."""

    def __post_init__(self) -> None:
        if (self.array is None) == (self.reason is None):
            raise problem("HP330", what="a map row needs an array or a reason, not both")
        if self.array is not None and (self.array.dtype != np.float32 or self.array.ndim != 3):
            raise problem("HP330", what=f"a map is float32 (C, H, W), not {self.array.dtype} {self.array.shape}")


@dataclass(frozen=True)
class ScoreRow:
    """The score of one (image, method, metric), or the reason why there is none."""

    image: str
    method: str
    metric: str
    value: float | None
    reason: str | None = None
    curves: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    """name -> points; a point without a value is None, a NaN becomes None."""
    kind: Kind = "value"

    def __post_init__(self) -> None:
        if (self.kind == "value") == (self.value is None):
            raise problem("HP330", what=f"a score of kind {self.kind!r} with the value {self.value!r}")
        if self.value is not None and math.isnan(self.value):
            raise problem("HP330", what="a score that is NaN: an undefined score is None with a reason")

    def fields(self) -> Fields:
        """The row as the database holds it."""
        value = None if self.value is None else float(self.value)
        curves = {name: _points(points) for name, points in self.curves.items()}
        text = json.dumps(curves, sort_keys=True, separators=(",", ":"))
        return (self.image, self.method, self.metric, self.kind, value, storable(self.reason), text)

    @classmethod
    def from_fields(cls, fields: Fields) -> ScoreRow:
        """The row that `fields` came from."""
        image, method, metric, kind, value, reason, curves = fields
        return cls(image, method, metric, value, reason, json.loads(curves), kind)


class Event(NamedTuple):
    """Something that happened to the run folder and that a reader of the results may want to know."""

    number: int
    at: str
    """ISO time, UTC."""
    kind: str
    text: str


def storable(text: str | None) -> str | None:
    """The text with what is no Unicode (file names may hold such bytes) spelled out."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _points(points: Iterable[float | None]) -> list[float | None]:
    return [None if point is None or math.isnan(point) else float(point) for point in points]
