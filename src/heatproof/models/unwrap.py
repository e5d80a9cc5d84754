"""From whatever a model answers to logits (N, K)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from heatproof.vocabulary.errors import problem

_NAMES = ("logits", "out", "output", "scores")


def unwrap(answer: Any, rows: int) -> Tensor:
    """Logits (rows, K) out of a tensor, a tuple, a dict or an object with `.logits`; raises HP201 otherwise."""
    found = _tensor(answer)
    if found is not None and found.ndim == 4 and found.shape[2:] == (1, 1):
        found = found[:, :, 0, 0]
    if found is None or found.ndim != 2 or len(found) != rows or not found.is_floating_point():
        raise problem("HP201", got=_describe(answer))
    return found


def _tensor(answer: Any) -> Tensor | None:
    if isinstance(answer, Tensor):
        return answer
    if isinstance(answer, Mapping):
        named = [answer[n] for n in _NAMES if n in answer]
        return _tensor(named[0]) if named else _first(answer.values())
    named = [getattr(answer, n) for n in _NAMES if hasattr(answer, n)]
    if named:
        return _tensor(named[0])
    return _first(answer) if isinstance(answer, tuple | list) else None


def _first(values: Any) -> Tensor | None:
    return next((v for v in values if isinstance(v, Tensor) and v.ndim in (2, 4)), None)


def _describe(answer: Any) -> str:
    if isinstance(answer, Tensor):
        return f"a {str(answer.dtype).removeprefix('torch.')} tensor of shape {tuple(answer.shape)}"
    return f"a {type(answer).__name__}"
