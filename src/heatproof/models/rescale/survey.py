"""Which functions of a model have no rule? Looked up before anything is explained."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.modules._functions import BackwardHookFunction

from heatproof.models.call import Call
from heatproof.models.memory import is_out_of_memory
from heatproof.models.rescale.rules import ByPair
from heatproof.models.rescale.walk import Walk
from heatproof.models.room import Room
from heatproof.models.unwrap import unwrap


class Survey(Walk):
    """Notes the functions that have no rule."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def pair(self, call: Call, rule: ByPair) -> Any:
        return call.plain()

    def unruled(self, call: Call) -> None:
        self.found.append(call.full_name)


def unruled(room: Room, probe: Tensor) -> tuple[str, ...]:
    """Names of the functions through which this model sends a gradient and for which there is no rule."""
    survey = Survey()
    try:
        with torch.enable_grad(), survey:
            outputs = unwrap(room.module(probe.detach().requires_grad_().clone()), len(probe))
    except Exception as cause:
        if is_out_of_memory(cause):
            raise
        first = (str(cause).splitlines() or [""])[0]
        return (*survey.found, f"something that fails here ({type(cause).__name__}: {first[:200]})")
    return tuple(dict.fromkeys([*survey.found, *_own(outputs)]))


def _own(outputs: Tensor) -> list[str]:
    """Functions with a backward that the model brings along: what they compute is not known."""
    waiting: list[Any] = [outputs.grad_fn]
    seen, found = {None}, []
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        # Modules with backward hooks pass their tensors through an identity of torch's.
        kind = getattr(node, "_forward_cls", BackwardHookFunction)
        if kind is not BackwardHookFunction:
            found.append(kind.__name__)
        waiting += [following for following, _ in node.next_functions]
    return found
