"""What a metric reads off a map: one value, and the curves it was computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Curve:
    """Values y over x; `names` where the points are not numbers (layers)."""

    y: Tensor | Sequence[float | None]
    x: Sequence[float]
    x_label: str
    y_label: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """The value of a metric for one map of one image."""

    value: Tensor | float
    curves: Mapping[str, Curve] = field(default_factory=dict)
    pictures: Mapping[str, Tensor] = field(default_factory=dict)
    """Maps (C, H, W) that were made beside phi, by the stage or value that they belong to, where they are asked for."""
