"""C11: what a metric declares about its values: invariances to changes of the map, and bounds."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor

from heatproof.check.broken import expect, expect_close, expect_same
from heatproof.check.supplies import maps_of, pictures
from heatproof.check.table import check, is_metric
from heatproof.check.trial import Trial
from heatproof.study.direct import explain
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.registry import formula

FACTORS = (2.0**20, 2.0**-20, 3.0)


def _declares(what: str) -> Callable[[Formula], bool]:
    return lambda formula: is_metric(formula) and what in formula.claims.invariant_to


@check("C11", fits=_declares("scale"))
def the_scale_of_the_map(trial: Trial) -> None:
    x = pictures(2)
    explains = "explain" in trial.formula.ingredients
    phi = _explained(trial, x) if explains else maps_of(x)
    want = trial.run(trial.net(), x, maps=phi)
    for factor in FACTORS:
        again = {"method": _times(factor, trial), "method_settings": trial.explainer[1]} if explains else {}
        found = trial.run(trial.net(), x, maps=phi * factor, **again)
        expect_close(found, want, 1e-5, f"{factor:g} times the map to have the same value")


def _explained(trial: Trial, x: Tensor) -> Tensor:
    method, settings = trial.explainer
    return explain(trial.net(), x, method, batch=8, **settings)


def _times(factor: float, trial: Trial) -> Callable[..., Any]:
    """The method that a metric explains again with, its maps multiplied; it has the same settings."""
    call = formula("method", trial.explainer[0]).call

    @wraps(call)
    async def multiple(*given: Any, **settings: Any) -> Tensor:
        phi: Tensor = await call(*given, **settings)
        return factor * phi

    return multiple


@check("C11", fits=_declares("order"))
def the_order_of_the_pixels(trial: Trial) -> None:
    x = pictures(2, channels=1)
    phi = maps_of(x)
    want = trial.run(trial.net(1), x, maps=phi)
    for name, other in {"exp": phi.exp(), "cube": phi**3, "line": 2 * phi + 1}.items():
        found = trial.run(trial.net(1), x, maps=other)
        expect_same(found, want, f"only the order of the pixels to matter ({name} of the map)")


def _bounded(formula: Formula) -> bool:
    return is_metric(formula) and formula.claims.bounds is not None


@check("C11", fits=_bounded)
def bounds(trial: Trial) -> None:
    low, high = trial.formula.claims.bounds or (0.0, 0.0)
    x = pictures(4)
    for phi in (maps_of(x), -maps_of(x), maps_of(x).abs() ** 9, torch.where(x > 0.9, 1.0, 0.0)):
        found = trial.run(trial.net(), x, maps=phi)
        within = (found >= low) & (found <= high) | found.isnan()
        worst = float(found.nan_to_num(low).min()), float(found.nan_to_num(low).max())
        expect(within.all(), f"values from {low} to {high}", f"{worst[0]:.6g} to {worst[1]:.6g}")
