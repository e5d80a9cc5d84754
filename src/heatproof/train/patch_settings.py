"""Everything that decides which adversarial patches come out, checked, with a name made of its content."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from heatproof.train.settings import check_number
from heatproof.vocabulary.errors import nearest, problem

VERSION = 1
"""Part of every digest: raised when the same settings come to mean something else."""


@dataclass(frozen=True)
class PatchSettings:
    """The making of one square patch for each target."""

    targets: tuple[int, ...]
    """Classes; two patches for a class that is named twice."""
    area: float = 0.1
    """Share of the image that a patch covers: its side is the root of it in whole pixels, rounded down."""
    epochs: int = 5
    batch: int = 64
    rate: float = 0.05
    """Of Adam, in the units of the normalised image."""
    seed: int = 0
    images: int = 1000
    """At most so many images to learn from, those included that are only used to choose."""
    place: str = "image"
    """A random place for each image of a step, or one for the whole batch."""
    plateau: bool = False
    """Halve the rate whenever the validation loss has not fallen for two epochs."""
    keep: str = "validation"
    """The patch with the smallest loss after an epoch on validation images, or on training images, or the last."""
    validation: float = 0.2
    """Share of the images that are only used to choose."""

    def __post_init__(self) -> None:
        if not self.targets:
            raise problem("HP957", setting="targets", value="none", valid="one class at least")
        for target in self.targets:
            check_number("targets", target, 0, math.inf, True)
        for name, (low, high, whole) in _RANGES.items():
            check_number(name, getattr(self, name), low, high, whole)
        for name, words in (("place", ("image", "batch")), ("keep", ("validation", "training", "last"))):
            if getattr(self, name) not in words:
                raise problem("HP957", setting=name, value=repr(getattr(self, name)), valid=", ".join(words))

    def digest(self, *about: str) -> str:
        """24 hexadecimal digits for these settings with whatever else decides: the model, the data."""
        text = json.dumps([VERSION, asdict(self), *about], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


_NAMES = tuple(field.name for field in fields(PatchSettings))
_RANGES: dict[str, tuple[float, float, bool]] = {
    "area": (1e-9, 1, False),
    "epochs": (1, 1_000_000, True),
    "batch": (1, 1_000_000, True),
    "rate": (1e-12, 1e3, False),
    "seed": (0, 2**63 - 1, True),
    "images": (1, math.inf, True),
    "validation": (0.01, 0.99, False),
}


def patch_settings(given: Mapping[str, Any], outputs: int) -> PatchSettings:
    """Settings of plain values; all classes are targets, the first ten at most, unless some are named."""
    for name in given:
        if name not in _NAMES:
            raise problem("HP958", setting=name, near=nearest(name, _NAMES), known=", ".join(_NAMES))
    plain = {n: tuple(v) if isinstance(v, list) else v for n, v in given.items() if v is not None}
    made = PatchSettings(**({"targets": tuple(range(min(outputs, 10)))} | plain))
    if max(made.targets) >= outputs:
        raise problem("HP957", setting="targets", value=max(made.targets), valid=f"classes from 0 to {outputs - 1}")
    return made
