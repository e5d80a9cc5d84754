"""Which values the settings of a method are tried at, beside those that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from torch import Tensor

from heatproof.vocabulary.errors import Undefined, UsageError, problem
from heatproof.vocabulary.explain import Explain
from heatproof.vocabulary.likeness import Maker
from heatproof.vocabulary.reading import Curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.setting import Setting

SEED = "seed"
"""Not a setting of any method: where its random numbers come from."""


@dataclass(frozen=True)
class Grid:
    """One setting of a method and the values that it is tried at, its own among them where it belongs there."""

    setting: str
    value: Any
    """The one that it has."""
    tried: tuple[Any, ...]
    given: bool = False
    """The values were asked for: one that the method refuses is an error, and not left out."""
    x: tuple[float, ...] = ()
    """The place of each on an axis that is the same for every method; else they are told apart by name."""
    label: str = ""

    @cached_property
    def others(self) -> list[Any]:
        """Each value that is not its own, once."""
        found: list[Any] = []
        for value in self.tried:
            if value != self.value and value not in found:
                found.append(value)
        return found

    def curve(self, own: float | None, others: Sequence[float | None], label: str) -> Curve:
        """Over the tried values: what its own value came to, and what each of the others did."""
        y = [own if v == self.value else others[self.others.index(v)] for v in self.tried]
        if self.x:
            return Curve(y, self.x, self.label, label)
        return Curve(y, range(len(y)), self.setting, label, tuple(str(v) for v in self.tried))

    def makers(self, explain: Explain, f: Score) -> list[Maker]:
        """A maker of the map under each of the other values."""
        if self.setting == SEED:
            return [partial(explain, f.reseeded(seed)) for seed in self.others]
        return [partial(self._made, explain.varied(**{self.setting: v}), f) for v in self.others]

    async def _made(self, explain: Explain, f: Score) -> Tensor:
        try:
            return await explain(f)
        except UsageError as refusal:
            if self.given:
                raise
            raise Undefined(refusal.text) from refusal


def grids(explain: Explain, setting: str | None, values: Sequence[Any] | None, seed: int) -> list[Grid]:
    """One grid for the named setting, or one for every number that the method is set to.

    Raises Undefined where the method has no such setting.
    """
    if setting is None:
        found = [_near(explain, name) for name, value in explain.settings.items() if _is_number(value)]
        found = [grid for grid in found if grid.others]
        if not found:
            raise Undefined(f"{explain.name} is set to no number that could be another; name a setting and its values")
        return found
    if setting == SEED:
        return [_seeds(seed, values)]
    if setting not in explain.settings:
        raise Undefined(f"{explain.name} has no setting {setting}")
    value = explain.settings[setting]
    grid = _near(explain, setting) if values is None else _given(setting, value, values)
    if not grid.others:
        raise problem("HP105", setting="values", value=repr(values), valid=f"a list of other values of {setting}")
    return [grid]


def _seeds(seed: int, values: Sequence[Any] | None) -> Grid:
    seeds = [seed + 1, seed + 2] if values is None else list(values)
    if not any(v != seed for v in seeds) or not all(type(v) is int for v in seeds):
        raise problem("HP105", setting="values", value=repr(values), valid="a list of other seeds, whole numbers")
    return _given(SEED, seed, seeds)


def _given(setting: str, value: Any, values: Sequence[Any]) -> Grid:
    if not all(_is_number(v) for v in values):
        return Grid(setting, value, tuple(values), given=True)
    tried = tuple(sorted(values))
    return Grid(setting, value, tried, given=True, x=tuple(float(v) for v in tried), label=setting)


def _near(explain: Explain, name: str) -> Grid:
    """Half and double a number, within its range; every choice of what is chosen by name."""
    value, about = explain.settings[name], explain.formula_settings[name]
    if _is_number(value):
        tried = (_within(value / 2, about), value, _within(value * 2, about))
        return Grid(name, value, tried, x=(0.5, 1.0, 2.0), label=f"{name}, times its own value")
    return Grid(name, value, (True, False) if isinstance(value, bool) else about.choices)


def _within(value: float, setting: Setting) -> float:
    """The nearest value that the setting takes, a whole number where it takes no other."""
    if setting.about:
        value = min(max(value, setting.about.low), setting.about.high)
    return value if float in setting.kinds else round(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
