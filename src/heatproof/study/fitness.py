"""Does a formula fit a model? Asked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from heatproof.spec.entry import Entry
from heatproof.study.units import Explainer, Reader
from heatproof.vocabulary.errors import HeatproofError, Undefined, nearest, problem
from heatproof.vocabulary.explanation import Explanation
from heatproof.vocabulary.facts import ModelFacts
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.score import Score


def check_fitness(method: Formula, settings: Mapping[str, Any], facts: ModelFacts) -> None:
    """Raise HP213 for a layer that is not there, HP214 for something the model lacks."""
    layer = settings.get("layer")
    if layer is not None and layer not in facts.spatial:
        shown = ", ".join(facts.spatial[-8:]) or "none"
        raise problem("HP213", layer=layer, near=nearest(layer, facts.spatial), layers=shown)
    for need in method.claims.needs:
        if need == "spatial layer" and layer is not None:
            continue
        reason = facts.lacks(need)
        if reason:
            layers = f"; layers with weights: {', '.join(facts.layers[:8])}" if need == "spatial layer" else ""
            raise problem("HP214", method=method.name, reason=reason, hint=layers)


Refusals = Mapping[str, HeatproofError]
"""Label of a formula -> why it does not work with a model."""


def unfit(entries: Iterable[Entry], facts: ModelFacts, *, models: int) -> Refusals:
    """What does not work with this model; raised at once where the study has no other model."""
    refusals = {}
    for entry in entries:
        try:
            check_fitness(entry.formula, entry.settings, facts)
        except HeatproofError as refusal:
            if models == 1:
                raise
            refusals[entry.label] = refusal
    return refusals


def refuse_what_fits_no_model(refusals: Iterable[tuple[str, Refusals]]) -> None:
    """`refusals` are (name of a model, what does not work with it), for every model of a study."""
    listed = list(refusals)
    for label in listed[0][1] if listed else ():
        if all(label in found for _, found in listed):
            name, found = listed[0]
            raise found[label].at(f"model {name}")


@dataclass(frozen=True)
class Unfit(Explainer):
    """A method that does not work with the model: all of its maps are undefined."""

    reason: str = ""

    async def explanation(self, f: Score) -> Explanation:
        raise Undefined(self.reason)


@dataclass(frozen=True)
class Unreadable(Reader):
    """A metric that does not work with the model: all of its values are undefined."""

    reason: str = ""

    async def __call__(self, f: Score, phi: Tensor, explain: Explainer | None) -> Reading:
        raise Undefined(self.reason)
