"""Methods and metrics by name. A file dropped into `heatproof/methods` or `heatproof/metrics` is registered."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, TypeVar

from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.formula import INGREDIENTS, Claims, Formula, Kind

F = TypeVar("F", bound=Callable[..., Any])
_SHELVES: dict[Kind, dict[str, Formula]] = {"method": {}, "metric": {}}


def method(**claims: Any) -> Callable[[F], F]:
    """Register an attribution method: `async def name(f: Score, *, setting=default)` -> map (C, H, W), Explanation."""
    return _keep("method", claims)


def metric(**claims: Any) -> Callable[[F], F]:
    """Register a metric: `def name(phi, *, ...)` or `async def name(f, phi[, explain], *, ...)` -> value or Reading."""
    return _keep("metric", claims)


def _keep(kind: Kind, claims: dict[str, Any]) -> Callable[[F], F]:
    def keep(call: F) -> F:
        formula = Formula(kind, call.__name__, call, Claims(**claims))
        unknown = [n for n in formula.ingredients if n not in INGREDIENTS]
        if unknown:
            raise problem("HP110", formula=formula.name, unknown=unknown[0], known=", ".join(INGREDIENTS))
        other = _SHELVES[kind].get(formula.name)
        if other and inspect.getsourcefile(other.call) != inspect.getsourcefile(call):
            raise problem("HP111", formula=formula.name, module=other.call.__module__)
        _SHELVES[kind][formula.name] = formula
        return call

    return keep


def formulas(kind: Kind) -> dict[str, Formula]:
    """Everything registered, by name: the package's own files, then installed plug-ins."""
    _load(kind)
    return dict(sorted(_SHELVES[kind].items()))


def formula(kind: Kind, name: str | Callable[..., Any]) -> Formula:
    """The formula of this name, or of a function: decorated, or plain and taken as it is."""
    known = formulas(kind)
    if callable(name):
        mine = [f for f in known.values() if f.call is name]
        return mine[0] if mine else Formula(kind, name.__name__, name, Claims(family="yours"))
    if name not in known:
        raise problem("HP101", kind=kind, name=name, near=nearest(str(name), known))
    return known[name]


@cache
def _load(kind: Kind) -> None:
    room = importlib.import_module(f"heatproof.{kind}s")
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")
    for point in entry_points(group=f"heatproof.{kind}s"):
        try:
            point.load()
        except (Exception, SystemExit) as cause:
            raise problem("HP112", plugin=point.value, cause=f"{type(cause).__name__}: {cause}") from cause
