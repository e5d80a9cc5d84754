"""Exchanges parameters and buffers of a module for a while, and remembers weights that are costly to draw."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from heatproof.models.room import Room


@dataclass(frozen=True)
class Slot:
    """A parameter or buffer of a module, and the values that it is to have."""

    module: nn.Module
    name: str
    values: Tensor


@contextmanager
def exchanged(slots: Iterable[Slot]) -> Iterator[None]:
    """These parameters and buffers with other values, while the context lasts."""
    undo: list[Callable[[], None]] = []
    try:
        for slot in slots:
            undo.append(_put(slot))
        yield
    finally:
        for back in reversed(undo):
            back()


def _put(slot: Slot) -> Callable[[], None]:
    """Exchange one; the answer puts the old values back."""
    buffers, p = slot.module._buffers, slot.module._parameters.get(slot.name)
    if p is None:
        old = buffers[slot.name]
        buffers[slot.name] = slot.values
        return lambda: buffers.__setitem__(slot.name, old)
    data = p.data
    p.data = slot.values
    return lambda: setattr(p, "data", data)


def parameters_of(layer: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """The layer's own parameters by name, in their order."""
    return list(layer.named_parameters(recurse=False))


def remembered(room: Room, key: Hashable, draw: Callable[[], list[Tensor]]) -> list[Tensor]:
    """What `draw` gives, drawn only once where there is room for it."""
    kept = room.drawn.pop(key) if key in room.drawn else draw()
    room.drawn[key] = kept  # at the end: used last
    held = sum(t.nbytes for tensors in room.drawn.values() for t in tensors)
    while held > room.remembers and len(room.drawn) > 1:
        held -= sum(t.nbytes for t in room.drawn.pop(next(iter(room.drawn))))
    return kept


def like(p: Tensor, values: Tensor) -> Tensor:
    """These values on the device, in the type and the memory format of a parameter."""
    return torch.empty_like(p).copy_(values)
