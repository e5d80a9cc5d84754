"""The contracts, and the checks that hold formulas to them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from heatproof.check.trial import Trial
    from heatproof.vocabulary.formula import Formula

CONTRACTS = {
    "C1": "the same in any company and order; another batch size moves last bits only",
    "C2": "the first images of many have the answers that they have alone",
    "C3": "random numbers follow the seed, the image and the index, never the global generators",
    "C4": "nothing of the caller changes: model, tensors, modes, generators; also after an exception",
    "C5": "activations in place, reused, nested or functional give the same, or are refused",
    "C6": "a model in training mode is answered for in evaluation mode, and given back as it was",
    "C7": "declared axioms hold: completeness, linearity, dummy, symmetry, implementation invariance",
    "C8": "float64 stays float64, float32 is close to it, bfloat16 ranks alike",
    "C9": "the layout of images, maps and weights in memory does not matter",
    "C10": "strange maps, images and answers: a finite value or none, for that image only",
    "C11": "declared invariances and bounds hold",
    "C12": "a variance survives a mean that is 100,000 times larger",
    "C13": "quadrature is exact on a linear model with any number of points and every rule",
    "C14": "calls in a loop leave no memory, tensors, hooks or graphs behind",
    "C15": "edges have a value or a reason: one pixel, odd sides, extreme and every named setting",
    "C16": "one, three or four channels; a pixel is taken away in all of them",
    "C17": "a second, slow implementation agrees to 1e-8 in float64 on random small networks",
    "C18": "it can fail: other maps have other values; another model has another map",
    "C19": "the plan counts what is run",
}
"""Contract -> what it says in one line."""

C = TypeVar("C", bound="Callable[[Trial], None]")


@dataclass(frozen=True)
class Check:
    """One way in which a contract is checked: `call` raises Broken, a refusal, or Absent."""

    contract: str
    call: Callable[[Trial], None]
    everywhere: bool
    """On the network of every family; otherwise once, on networks that the check brings along."""
    fits: Callable[[Formula], bool]

    @property
    def name(self) -> str:
        """The name of its function, in words."""
        return self.call.__name__.replace("_", " ")


_CHECKS: list[Check] = []


def check(
    contract: str, *, everywhere: bool = False, fits: Callable[[Formula], bool] = lambda formula: True
) -> Callable[[C], C]:
    """Register a check of this contract, for the formulas that it fits."""

    def keep(call: C) -> C:
        assert contract in CONTRACTS
        _CHECKS.append(Check(contract, call, everywhere, fits))
        return call

    return keep


def is_method(formula: Formula) -> bool:
    """A map comes out of it."""
    return formula.kind == "method"


def is_metric(formula: Formula) -> bool:
    """A value comes out of it."""
    return formula.kind == "metric"


@cache
def checks() -> tuple[Check, ...]:
    """Every check, in the order of the contracts."""
    room = importlib.import_module("heatproof.check.contracts")
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")
    order = list(CONTRACTS)
    return tuple(sorted(_CHECKS, key=lambda c: order.index(c.contract)))
