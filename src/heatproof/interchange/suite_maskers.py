"""Maskers and activations of a suite.yaml as fills and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from heatproof.interchange.suite_parts import Arguments

LEVELS = {"pixel": "pixel", "channel": "value", "feature": "value"}
MASKERS = ("Constant", "Random", "Blurring", "SampleAverage")


@dataclass
class Fills:
    """What maskers stand for: fills, units, and notes about those that have no counterpart."""

    fills: list[Any] = field(default_factory=list)
    units: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """What is removed at a time."""
        return next(iter(self.units)) if len(self.units) == 1 else "pixel"


def fills_of(asked: Arguments) -> Fills:
    """The fills of the maskers of a metric."""
    found = Fills()
    for masker in asked.parts("maskers"):
        level = masker.take("masking_level", masker.take("feature_level", "pixel", (str,)), (str,))
        fill, why = _fill(masker)
        masker.done()
        if why:
            found.notes.append(f"masker {masker.name} is left out: {why}")
        else:
            found.fills.append(fill)
            found.units[LEVELS.get(level, "pixel")] = None
    if len(found.units) > 1:
        found.notes.append("maskers of several levels: pixels for all of them")
    found.fills = list(dict.fromkeys(found.fills)) or ["zero"]
    return found


def _fill(masker: Arguments) -> tuple[str, str]:
    """The fill of a masker, or why there is none."""
    kind = masker.canonical
    if kind == "constant":
        value = masker.take("mask_value", 0.0, low=float("-inf"))
        return "zero", "" if value == 0 else f"mask_value {value} counts in normalised units, which depend on the model"
    if kind == "random":
        std = masker.take("std", 1)
        return "noise", "" if std == 1 else f"std {std}; the fill `noise` has 1"
    if kind in ("blurring", "blur"):
        size = masker.take("kernel_size", 0.5)
        return "box_blur", "" if size == 0.5 else f"kernel_size {size}; the fill `box_blur` has 0.5"
    if kind == "sampleaverage":
        return "mean", ""
    masker.source.unknown(masker.way, "masker", masker.kind, masker.name, MASKERS)
    masker.taken += list(masker.given)
    return "", "unknown"


def links_of(asked: Arguments) -> tuple[list[str], list[str]]:
    """Our links for their activations, and notes."""
    names = {"linear": "logit", "softmax": "probability"}
    given = asked.words("activation_fns", ["linear"])
    links = [names[a] for a in given if a in names]
    notes = [f"activation {a} is left out: links are logit (linear) and probability (softmax)" for a in given]
    return links or ["logit"], [n for n, a in zip(notes, given, strict=True) if a not in names]
