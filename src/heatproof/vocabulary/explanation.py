"""What a method comes to for one image: the map, and numbers about how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Explanation:
    """A method that notes nothing returns the map alone."""

    map: Tensor
    """(C, H, W)"""
    notes: Mapping[str, Tensor | float] = field(default_factory=dict)
    """What was chosen, reached or left over for this image, by name; NaN where it is not known."""
