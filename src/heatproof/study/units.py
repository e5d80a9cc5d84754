"""The two pieces of work: a map by a method with settings, and a reading of a map by a metric with settings."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from heatproof.vocabulary.errors import HeatproofError, Undefined, problem
from heatproof.vocabulary.explanation import Explanation
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.given import ELSEWHERE
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.setting import Setting


@dataclass(frozen=True)
class Explainer:
    """A method with all of its settings: `await explainer(f)` is a map (C, H, W) of the shape of the image."""

    formula: Formula
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the method is called."""
        return self.formula.name

    @property
    def formula_settings(self) -> Mapping[str, Setting]:
        """What each setting takes."""
        return self.formula.settings

    def varied(self, **settings: Any) -> Explainer:
        """The same method with some settings changed, checked."""
        return Explainer(self.formula, self.formula.bind({**self.settings, **settings}))

    async def __call__(self, f: Score) -> Tensor:
        return (await self.explanation(f)).map

    async def explanation(self, f: Score) -> Explanation:
        """The map with what the method noted beside it, checked."""
        f = f.in_precision("")  # a metric that explains again does so as the map was made
        found = self.formula.call(**_supplied(self.formula, f, {"f": f}), **self.settings)
        found = await found if inspect.isawaitable(found) else found
        made = found if isinstance(found, Explanation) else Explanation(found)
        phi, want = made.map, tuple(f.image.x.shape)
        if not isinstance(phi, Tensor) or tuple(phi.shape) != want:
            got = tuple(phi.shape) if isinstance(phi, Tensor) else type(phi).__name__
            raise problem("HP221", formula=self.formula.name, got=got, want=want)
        notes = {name: self._noted(name, value) for name, value in made.notes.items()}
        return Explanation(phi.detach().to(f.image.x.dtype).contiguous(), notes)

    def _noted(self, name: str, value: object) -> float:
        try:
            return float(value)  # type: ignore[arg-type]  # what cannot be a number is refused here
        except (TypeError, ValueError, RuntimeError) as cause:
            raise problem("HP245", method=self.formula.name, note=name, got=type(value).__name__) from cause


@dataclass(frozen=True)
class Reader:
    """A metric with all of its settings: `await reader(f, phi, explainer)` is a reading."""

    formula: Formula
    settings: Mapping[str, Any]

    async def __call__(self, f: Score, phi: Tensor, explain: Explainer | None) -> Reading:
        # A sum that is finite has no value that is not.
        if not (math.isfinite(phi.sum()) or torch.isfinite(phi).all()):
            raise Undefined("the map holds values that are not finite")
        supply = {"f": f, "phi": phi, "explain": explain}
        found = self.formula.call(**_supplied(self.formula, f, supply), **self.settings)
        found = await found if inspect.isawaitable(found) else found
        reading = found if isinstance(found, Reading) else Reading(found)
        try:
            value = float(reading.value)
        except (TypeError, ValueError, RuntimeError) as cause:
            kind = type(reading.value).__name__
            raise problem("HP221", formula=self.formula.name, got=kind, want="of one number") from cause
        if not math.isfinite(value):
            raise Undefined("the value is not finite")
        return replace(reading, value=value)


def _supplied(formula: Formula, f: Score, own: Mapping[str, Any]) -> dict[str, Any]:
    """Every ingredient of a formula by name; those of the data come with the score."""
    supply = {**f.extras, **own}
    if "explain" in formula.ingredients and supply["explain"] is None:
        raise Undefined(ELSEWHERE)
    for name in formula.extras:
        if name not in supply:
            raise Undefined(f"this image comes without {name}")
    return {name: supply[name] for name in formula.ingredients}


def explain_with(method: Formula, settings: Mapping[str, Any]) -> Explainer:
    """The method with these settings, checked; the others at their defaults."""
    return Explainer(method, method.bind(settings))


def read_with(metric: Formula, settings: Mapping[str, Any]) -> Reader:
    """The metric with these settings, checked; the others at their defaults."""
    return Reader(metric, metric.bind(settings))


def cause_of(error: BaseException) -> str:
    """One line about an error that a formula or a model raised."""
    if isinstance(error, HeatproofError):
        return error.line
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0] if first else ''}"[:300]
