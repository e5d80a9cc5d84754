"""Ingredients that come with the data: other images of its kind, boxes around the evidence, adversarial patches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from heatproof.models.room import Room
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.image import fingerprint
from heatproof.vocabulary.patch import Patch


@dataclass(frozen=True, eq=False)
class Extras:
    """What a study has of them; `boxes` differ from image to image and are given with each."""

    reference: Tensor | None = None
    """(M, C, H, W)"""
    patches: tuple[Patch, ...] = ()
    boxes: bool = False
    """True when images come with boxes."""

    def check(self, formula: Formula, data: str) -> None:
        """Raise HP215 for an ingredient that is not there."""
        has = {"reference": self.reference is not None, "patches": bool(self.patches), "boxes": self.boxes}
        for name in formula.extras:
            if not has[name]:
                raise problem("HP215", formula=formula.name, need=name, data=data)

    def for_image(self, boxes: Tensor | None) -> Mapping[str, Any]:
        """What the formulas of one image are supplied with."""
        found = {"reference": self.reference, "patches": self.patches or None, "boxes": boxes}
        return {name: value for name, value in found.items() if value is not None}

    def names(self, formula: Formula) -> tuple[str, ...]:
        """What stands in the key of a formula that uses them; boxes stand in the key of their image."""
        return tuple(self._named(formula.extras))

    def on(self, room: Room) -> Extras:
        """The same where the model lives."""
        patches = tuple(replace(p, pixels=p.pixels.to(room.device, room.dtype)) for p in self.patches)
        reference = None if self.reference is None else self.reference.to(room.device, room.dtype)
        return replace(self, reference=reference, patches=patches)

    def _named(self, used: Iterable[str]) -> Iterable[str]:
        if "reference" in used and self.reference is not None:
            yield fingerprint(self.reference)
        if "patches" in used:
            yield from (f"{p.target} {fingerprint(p.pixels)}" for p in self.patches)
