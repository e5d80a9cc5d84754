"""Activation functions seen where they are called, so that in-place, reused and functional ones are all seen.

A module such as nn.ReLU calls torch.nn.functional.relu; so does a forward that uses no module at all. Watching the
functions instead of the modules needs no tracing and misses neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor
from torch.nn import Parameter
from torch.overrides import TorchFunctionMode

from heatproof.vocabulary.facts import RECTIFIERS, SMOOTH


def activation_name(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """Name of the activation function that this call computes, or None; hardtanh(0, c) is a ReLU6."""
    name: str = getattr(func, "__name__", "").removesuffix("_")
    if name == "hardtanh":
        low = args[1] if len(args) > 1 else kwargs.get("min_val", -1.0)
        return "relu6" if low == 0 else name
    return name if name in RECTIFIERS or name in SMOOTH else None


class Recorder(TorchFunctionMode):
    """Notes the name of every activation function that is called, and which parameters are used, in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.used: dict[int, int] = {}
        """id of a parameter -> when it was first handed to a function."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        name = activation_name(func, args, kwargs or {})
        if name:
            self.names.append(name)
        for given in (*args, *(kwargs or {}).values()):
            for value in given if isinstance(given, list | tuple) else (given,):
                if isinstance(value, Parameter):
                    self.used.setdefault(id(value), len(self.used))
        return func(*args, **(kwargs or {}))


class Guided(TorchFunctionMode):
    """Every rectifier passes back only positive gradients."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        if activation_name(func, args, kwargs or {}) in RECTIFIERS and isinstance(out, Tensor) and out.requires_grad:
            # A hook belongs to the value as it is now, also where the call wrote over its input.
            out.register_hook(lambda g: g.clamp_min(0))  # type: ignore[no-untyped-call]
        return out
