"""A registered method or metric: its function, its settings read from the signature, and what it claims."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_type_hints

from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.setting import Setting

Kind = Literal["method", "metric"]
INGREDIENTS = ("f", "phi", "explain", "reference", "boxes", "patches")
"""What a study supplies by name to parameters without a default."""
EXTRAS = INGREDIENTS[3:]
"""Those that come with the data: other images of its kind, boxes around the evidence, adversarial patches."""


@dataclass(frozen=True)
class Claims:
    """What a formula says about itself: switches on tests, feeds the report, the plan and the references."""

    family: str
    paper: Paper | None = None
    better: Literal["higher", "lower", ""] = ""
    turned_by: Mapping[str, Any] = field(default_factory=dict)
    """Metrics: settings, and the value of each that makes the other side the better one: {"order": "lerf"}."""
    control: bool = False
    complete: bool = False
    """The map sums to f(x) - f(baseline)."""
    axioms: tuple[str, ...] = ()
    """Methods: "linearity", "dummy", "symmetry", "implementation invariance", to the last digits of float64."""
    invariant_to: tuple[str, ...] = ()
    """Metrics: "scale" (phi -> c phi, c > 0), "order" (any strictly increasing transform)."""
    bounds: tuple[float, float] | None = None
    """Metrics: the smallest and largest value there can be."""
    needs: tuple[str, ...] = ()
    """What the model must have: "spatial layer", "relu"."""
    pictures: bool = False
    """Metrics: gives the maps that it makes beside phi."""
    stops_early: bool = False
    """How many evaluations it needs is known only from the answers; the plan counts the most there can be."""
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Settings under which another source computes the same: "captum", "sam", "attribench2024"."""
    version: int = 1
    """Raised when the numbers change; part of every key in the store."""


@dataclass(frozen=True)
class Formula:
    """A method (f -> map) or a metric (map -> value)."""

    kind: Kind
    name: str
    call: Callable[..., Any]
    claims: Claims

    @cached_property
    def summary(self) -> str:
        """The formula in one line: the first line of the docstring."""
        return (inspect.getdoc(self.call) or "").split("\n")[0]

    @cached_property
    def settings(self) -> dict[str, Setting]:
        """Parameters that have a default."""
        hints = get_type_hints(self.call, include_extras=True)
        parameters = inspect.signature(self.call).parameters
        return {n: Setting.of(p, hints.get(n)) for n, p in parameters.items() if p.default is not p.empty}

    @cached_property
    def ingredients(self) -> tuple[str, ...]:
        """Parameters that have none: the study supplies them."""
        return tuple(n for n, p in inspect.signature(self.call).parameters.items() if p.default is p.empty)

    @property
    def asks_model(self) -> bool:
        """True when it awaits evaluations."""
        return inspect.iscoroutinefunction(self.call)

    @property
    def extras(self) -> tuple[str, ...]:
        """Ingredients that come with the data."""
        return tuple(name for name in self.ingredients if name in EXTRAS)

    def better(self, settings: Mapping[str, Any]) -> str:
        """Which side is the better one under these settings."""
        turns = sum(settings.get(name) == value for name, value in self.claims.turned_by.items())
        other = {"higher": "lower", "lower": "higher"}
        return other.get(self.claims.better, "") if turns % 2 else self.claims.better

    def expanded(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that are meant: those of the `preset` that is named, and those given beside it over them."""
        rest = {name: value for name, value in given.items() if name != "preset"}
        if "preset" not in given:
            return rest
        name, known = given["preset"], self.claims.presets
        if not isinstance(name, str) or name not in known:
            near = nearest(name, known) if isinstance(name, str) else ""
            has = f"presets: {', '.join(known)}" if known else "it has no presets"
            raise problem("HP114", preset=name, formula=self.name, near=near, has=has)
        return {**known[name], **rest}

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All settings, the given ones checked, the others at their defaults; raises the first complaint."""
        given = self.expanded(given)
        for name, value in given.items():
            self.check(name, value)
        return {n: given.get(n, s.default) for n, s in self.settings.items()}

    def check(self, name: str, value: Any) -> None:
        """Raise HP102 for an unknown setting, HP103 for a value that it does not take."""
        if name not in self.settings:
            has = f"settings: {', '.join(self.settings)}" if self.settings else "it has no settings"
            raise problem("HP102", setting=name, formula=self.name, near=nearest(name, self.settings), has=has)
        wrong = self.settings[name].complaint(value)
        if wrong:
            raise problem("HP103", setting=name, formula=self.name, wrong=wrong)
