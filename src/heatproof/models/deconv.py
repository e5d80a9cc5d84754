"""The backward rule of DeconvNet, put where the activation functions are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from heatproof.models.activations import activation_name
from heatproof.models.call import Call
from heatproof.models.swap import swapped
from heatproof.vocabulary.facts import RECTIFIERS


class Deconv(TorchFunctionMode):
    """Every rectifier passes back only positive gradients, as if each of its units had been active."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if activation_name(func, args, kwargs) not in RECTIFIERS or not torch.is_grad_enabled():
            return func(*args, **kwargs)
        call = Call.of(func, args, kwargs)
        if not call.active:
            return call.plain()
        x, *_ = call.tensors
        out = swapped(call.value(*call.tensors), x)
        out.register_hook(lambda g: g.clamp_min(0))  # type: ignore[no-untyped-call]
        return call.given(out)
