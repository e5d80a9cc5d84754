"""Finds the rule for a call; a function that is not known to be of some kind has none."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from torch import Tensor

from heatproof.models.call import Call
from heatproof.models.rescale import pairs
from heatproof.models.rescale.names import DROPOUTS, ELEMENTWISE, LINEAR, MAX_POOLS, QUADRATIC, QUOTIENTS
from heatproof.models.rescale.parts import PARTS


class Linear(NamedTuple):
    """Differences pass as gradients do."""


class InParts(NamedTuple):
    """Another way to compute the same, of functions that have rules."""

    compute: Callable[..., Any]


class ByPair(NamedTuple):
    """A function of x and its counterpart in the reference's forward."""

    explain: Callable[[Call, list[Tensor], list[Tensor]], Any]


Rule = Linear | InParts | ByPair


def rule_for(call: Call) -> Rule | None:
    """The rule for this call, or None."""
    find = _FIND.get(call.name)
    if find is not None:
        return find(call)
    body = opened(call.func)
    return InParts(body) if body else None


def opened(func: Callable[..., Any]) -> Callable[..., Any] | None:
    """The body of a function that torch writes in Python, such as multi-head attention; None for other functions.

    Such a function asks first whether somebody wants to see it as a whole. In this copy nobody does, and the functions
    it calls are seen.
    """
    if not isinstance(func, FunctionType):
        return None
    code, around = func.__code__, func.__globals__
    asks = [name for name in code.co_names if name.startswith("has_torch_function") and name in around]
    if not asks:
        return None
    around = {**around, **dict.fromkeys(asks, lambda *_: False)}
    body = FunctionType(code, around, func.__name__, func.__defaults__, func.__closure__)
    body.__kwdefaults__ = func.__kwdefaults__
    return body


def _elementwise(call: Call) -> Rule | None:
    return ByPair(pairs.elementwise) if len(call.active) == 1 else None


def _quadratic(call: Call) -> Rule | None:
    if call.name == "einsum" and len(call.active) > 2:
        return None
    return Linear() if len(call.active) == 1 else ByPair(pairs.quadratic)


def _quotient(call: Call) -> Rule | None:
    if call.kwargs.get("rounding_mode") is not None:
        return None
    divisor = call.argument(1, "other")
    return InParts(PARTS["div"]) if isinstance(divisor, Tensor) and divisor.requires_grad else Linear()


def _extremum(call: Call) -> Rule | None:
    """Over a dimension or of two tensors; the one over everything mixes images."""
    return InParts(PARTS[call.name]) if len(call.args) + len(call.kwargs) > 1 else None


def _dropout(call: Call) -> Rule | None:
    return None if call.argument(2, "training") else Linear()


def _batch_norm(call: Call) -> Rule | None:
    return None if call.argument(5, "training") else Linear()


def _noisy_relu(call: Call) -> Rule | None:
    return None if call.argument(3, "training") else _elementwise(call)


def _attention(call: Call) -> Rule | None:
    return None if call.argument(4, "dropout_p") else InParts(PARTS[call.name])


def _grid_sample(call: Call) -> Rule | None:
    return Linear() if call.active == (0,) else None


_FIND: dict[str, Callable[[Call], Rule | None]] = {
    **dict.fromkeys(LINEAR, lambda _: Linear()),
    **dict.fromkeys(DROPOUTS, _dropout),
    **dict.fromkeys(ELEMENTWISE, _elementwise),
    **dict.fromkeys(QUADRATIC, _quadratic),
    **dict.fromkeys(MAX_POOLS, lambda _: ByPair(pairs.pooled)),
    **dict.fromkeys(PARTS, lambda call: InParts(PARTS[call.name])),
    **dict.fromkeys(QUOTIENTS, _quotient),
    **dict.fromkeys(("max", "min"), _extremum),
    "amax": lambda _: ByPair(pairs.amax),
    "logsumexp": lambda _: ByPair(pairs.logsumexp),
    "batch_norm": _batch_norm,
    "rrelu": _noisy_relu,
    "grid_sample": _grid_sample,
    "scaled_dot_product_attention": _attention,
}
"""By the name of the function."""
