"""Carries out the edits of a model: each kind of edit has a context manager that installs it and takes it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from heatproof.vocabulary.edits import Edit

if TYPE_CHECKING:
    from heatproof.models.room import Room

C = TypeVar("C", bound=Callable[..., AbstractContextManager[None]])
_FOLDED: set[type[Edit]] = set()
_CARRIERS: dict[type[Edit], Callable[[Room, Any], AbstractContextManager[None]]] = {}


def carries_out(kind: type[Edit], *, folded: bool = False) -> Callable[[C], C]:
    """Register a context manager `(room, edit)` for this kind of edit; undone also after an exception.

    folded   it means the same where batch norms are folded into the layers before them
    """

    def keep(carrier: C) -> C:
        _CARRIERS[kind] = carrier
        if folded:
            _FOLDED.add(kind)
        return carrier

    return keep


@contextmanager
def edited(room: Room, edits: tuple[Edit, ...]) -> Iterator[None]:
    """The model with these edits, in their order, while the context lasts."""
    from heatproof.models.edits import backward, weights  # noqa: F401 - they register themselves

    with ExitStack() as stack:
        if edits:
            stack.enter_context(room.as_it_is(folded=all(type(edit) in _FOLDED for edit in edits)))
        for edit in edits:
            stack.enter_context(_CARRIERS[type(edit)](room, edit))
        yield
