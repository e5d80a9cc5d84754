"""Prepares any nn.Module to be questioned, and gives it back exactly as it was, also after an exception."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from heatproof.models.precision import Precision, own_type, types_of
from heatproof.models.room import Room
from heatproof.vocabulary.errors import problem

_IN_USE: WeakKeyDictionary[nn.Module, Any] = WeakKeyDictionary()
"""A lock for each model: preparing it changes it for everybody."""


def device_for(wanted: str, module: nn.Module) -> torch.device:
    """The device to compute on: "auto" is where the model lies, or the first accelerator when it lies on the CPU."""
    valid = ["cpu"] + [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    valid += ["mps"] if torch.backends.mps.is_available() else []
    if wanted == "auto":
        own = next((p.device for p in module.parameters()), torch.device("cpu"))
        return own if own.type != "cpu" or len(valid) == 1 else torch.device(valid[1])
    if wanted not in [*valid, "cuda"] or (wanted == "cuda" and len(valid) == 1):
        raise problem("HP230", device=wanted, valid=", ".join(valid))
    return torch.device(wanted)


@contextmanager
def prepared(module: nn.Module, device: torch.device, precision: Precision | None = None) -> Iterator[Room]:
    """The room of this model: eval mode, weights frozen, moved and cast; everything is put back at the end.

    Without a precision the model computes in the type that its parameters have. Other threads wait for their turn.
    """
    module = getattr(module, "_orig_mod", module)  # torch.compile hides the functions that are called
    with _IN_USE.setdefault(module, RLock()), _prepared(module, device, precision) as room:
        yield room


@contextmanager
def _prepared(module: nn.Module, device: torch.device, precision: Precision | None) -> Iterator[Room]:
    for m in module.modules():
        if isinstance(m, torch.jit.ScriptModule):
            raise problem("HP208", kind=type(m).__name__)
    _check_parameters(module)
    kept = _Kept(module)
    dtype, autocast = types_of(precision, own_type(module))
    try:
        # Whatever modes the caller is in: a gradient is needed, and the precision is the one asked for.
        with torch.inference_mode(False), torch.autocast(device.type, enabled=False):
            module.eval()
            kept.cast(device, dtype)
            room = Room(module, device, dtype, autocast=autocast)
            try:
                yield room
            finally:
                room.folding.remove()
    finally:
        kept.put_back()


class _Kept:
    """Everything of a module that preparation changes, remembered."""

    def __init__(self, module: nn.Module) -> None:
        self.training = [(m, m.training) for m in module.modules()]
        self.parameters = [(p, p.data, p.requires_grad) for p in module.parameters() if not p.is_inference()]
        places = [(m, n, p) for m in module.modules() for n, p in m._parameters.items() if p is not None]
        self.unusable = [(m, n, p) for m, n, p in places if p.is_inference()]
        self.buffers = [(m, n, b) for m in module.modules() for n, b in m._buffers.items() if b is not None]

    def cast(self, device: torch.device, dtype: torch.dtype) -> None:
        for p, data, _ in self.parameters:
            p.requires_grad_(False)
            p.data = data.to(device, dtype if data.is_floating_point() else data.dtype)
        # Parameters made in inference mode can take no part in a gradient; copies made outside can.
        usable: dict[Tensor, nn.Parameter] = {}
        for m, name, p in self.unusable:
            if p not in usable:  # one parameter can have several places
                data = p.data.to(device, dtype if p.is_floating_point() else p.dtype, copy=True)
                usable[p] = nn.Parameter(data, requires_grad=False)
            m._parameters[name] = usable[p]
        for m, name, b in self.buffers:
            # A copy always: a forward that updates its buffers updates the copy.
            m._buffers[name] = b.to(device, dtype if b.is_floating_point() else b.dtype, copy=True)

    def put_back(self) -> None:
        for p, data, flag in self.parameters:
            p.data = data
            p.requires_grad_(flag)
        for m, name, p in self.unusable:
            m._parameters[name] = p
        for m, name, b in self.buffers:
            m._buffers[name] = b
        for m, flag in self.training:
            m.training = flag


def channels_last(room: Room) -> None:
    """Store the weights of 2-D convolutions channels-last, as fast kernels like them; undone with the room."""
    for p in room.module.parameters():
        if p.ndim == 4:
            p.data = p.data.contiguous(memory_format=torch.channels_last)
    room.memory_format = torch.channels_last


def contiguous(room: Room) -> None:
    """Undo `channels_last`, for models that reshape with view()."""
    for p in room.module.parameters():
        p.data = p.data.contiguous()
    room.memory_format = torch.contiguous_format


def _check_parameters(module: nn.Module) -> None:
    tensors: list[tuple[str, Tensor]] = [*module.named_parameters(), *module.named_buffers()]
    floats = [(n, t) for n, t in tensors if t.is_floating_point()]
    kinds = sorted({f"{str(t.dtype).removeprefix('torch.')} on {t.device}" for _, t in floats})
    if len(kinds) > 1 or any("meta" in k for k in kinds):
        raise problem("HP210", found=", ".join(kinds))
    for name, t in floats:
        # A sum that is finite has no value that is not.
        if not (math.isfinite(t.detach().sum()) or torch.isfinite(t.detach()).all()):
            raise problem("HP211", parameter=name)
