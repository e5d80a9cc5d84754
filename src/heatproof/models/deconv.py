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
        call = Call.of(func, args, kwargs or {})
        passes = call.active and torch.is_grad_enabled()
        if not passes or activation_name(func, args, call.kwargs) not in RECTIFIERS:
            return call.plain()
        x, *_ = call.tensors
        out = swapped(call.value(*call.tensors), x)
        out.register_hook(lambda g: g.clamp_min(0))  # type: ignore[no-untyped-call]
        return call.given(out)
