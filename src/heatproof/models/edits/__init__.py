"""Carries out the edits of a model: each kind of edit has a context manager that installs it and takes it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from heatproof.vocabulary.edits import Edit

if TYPE_CHECKING:
    from heatproof.models.room import Room

C = TypeVar("C", bound=Callable[..., AbstractContextManager[None]])
Folding = Literal["kept", "anew", "aside"]
_FOLDING: dict[type[Edit], Folding] = {}
_CARRIERS: dict[type[Edit], Callable[[Room, Any], AbstractContextManager[None]]] = {}


def carries_out(kind: type[Edit], *, folding: Folding = "aside") -> Callable[[C], C]:
    """Register a context manager `(room, edit)` for this kind of edit; undone also after an exception.

    folding   what is done about batch norms that are folded into the layers before them. kept: the edit means the same
              there; anew: it changes weights, and these are folded; aside: it needs the network as it is
    """

    def keep(carrier: C) -> C:
        _CARRIERS[kind] = carrier
        _FOLDING[kind] = folding
        return carrier

    return keep


@contextmanager
def edited(room: Room, edits: tuple[Edit, ...]) -> Iterator[None]:
    """The model with these edits, in their order, while the context lasts."""
    from heatproof.models.edits import backward, weights  # noqa: F401 - they register themselves

    needs = {_FOLDING[type(edit)] for edit in edits}
    with ExitStack() as stack:
        if edits:
            stack.enter_context(room.as_it_is(folded=needs == {"kept"}))
        for edit in edits:
            stack.enter_context(_CARRIERS[type(edit)](room, edit))
        if "anew" in needs and "aside" not in needs:
            stack.enter_context(room.folded_anew())
        yield
