"""Other backward rules: the forward stays as it is, what is passed back does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from heatproof.models.activations import Guided
from heatproof.models.deconv import Deconv
from heatproof.models.edits import carries_out
from heatproof.models.rescale import multipliers
from heatproof.models.room import Room
from heatproof.vocabulary.edits import DeconvReLU, GuidedReLU, Rescale


@carries_out(GuidedReLU, folding="kept")
def guided(room: Room, edit: GuidedReLU) -> AbstractContextManager[None]:
    """Every rectifier passes back only positive gradients of units that were active."""
    return _ruled(room, Guided())


@carries_out(DeconvReLU, folding="kept")
def deconvolved(room: Room, edit: DeconvReLU) -> AbstractContextManager[None]:
    """Every rectifier passes back only positive gradients, of all units."""
    return _ruled(room, Deconv())


@carries_out(Rescale)
@contextmanager
def rescaled(room: Room, edit: Rescale) -> Iterator[None]:
    """Points are pairs, and gradients are their multipliers."""
    kept, room.backward = room.backward, multipliers
    try:
        yield
    finally:
        room.backward = kept


@contextmanager
def _ruled(room: Room, rule: AbstractContextManager[Any]) -> Iterator[None]:
    room.rules.append(rule)
    try:
        yield
    finally:
        room.rules.pop()
