"""Does a method fit a model? Asked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.facts import ModelFacts
from heatproof.vocabulary.formula import Formula


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
