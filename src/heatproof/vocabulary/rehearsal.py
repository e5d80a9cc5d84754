"""In the dry run that makes the plan the model's answers are made up; costly work on them can be made up as well."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_rehearsing: ContextVar[bool] = ContextVar("rehearsing", default=False)


@contextmanager
def rehearsing() -> Iterator[None]:
    """While it lasts, functions marked `made_up_in_rehearsal` return their stand-in."""
    token = _rehearsing.set(True)
    try:
        yield
    finally:
        _rehearsing.reset(token)


def made_up_in_rehearsal(stand_in: T) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """For functions that only judge answers and never decide what is asked next."""

    def mark(call: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(call)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
            return stand_in if _rehearsing.get() else call(*args, **kwargs)

        return wrapped

    return mark
