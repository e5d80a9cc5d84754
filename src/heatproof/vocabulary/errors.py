"""The one error tree. Every message has a code, and lives in the catalogue `heatproof.vocabulary.messages`.

    HeatproofError
    ├── UsageError       2    a setting, a file, a model or an image that cannot be used
    ├── BugError         3    heatproof or a plug-in broke its own contract
    ├── IncompleteError  4    finished, but some units failed or stayed undecided
    └── StorageError     5    the run folder or the environment
    Undefined                 not an error of the run: this score or map has no value for this image

Raise with `raise problem("HP203", target=12, outputs=10)`: the text comes from the catalogue, the values fill it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple


class Message(NamedTuple):
    """One entry of the catalogue: what is said in one line, why, and what to do about it."""

    text: str
    """The line, with {fields}. `place` and `code` are put in front of it."""
    why: str
    """The long text that `heatproof help CODE` prints."""
    exit_code: int = 2


class HeatproofError(Exception):
    """Anything heatproof says to a person: one line, a code, and the exit code of the command line."""

    exit_code = 3

    def __init__(self, code: str, text: str, *, place: str = "", excerpt: str = "") -> None:
        self.code, self.text, self.place, self.excerpt = code, text, place, excerpt
        super().__init__(self.line)

    def __reduce__(self) -> tuple[Any, ...]:
        # What made it up, not its one line, so that it can come from another process.
        return type(self).__new__, (type(self), *self.args), self.__dict__

    @property
    def line(self) -> str:
        """`place  HP101 text`, always a single line."""
        return " ".join(f"{self.place + '  ' if self.place else ''}{self.code} {self.text}".splitlines())

    def at(self, place: str, excerpt: str = "") -> HeatproofError:
        """The same error with the place where it was found."""
        return type(self)(self.code, self.text, place=place, excerpt=excerpt)


class UsageError(HeatproofError):
    """A setting, a file, a model or an image that cannot be used."""

    exit_code = 2


class BugError(HeatproofError):
    """heatproof or a plug-in broke its own contract."""

    exit_code = 3


class IncompleteError(HeatproofError):
    """The run finished, but some units failed or stayed undecided."""

    exit_code = 4


class StorageError(HeatproofError):
    """The run folder or the environment does not allow the work."""

    exit_code = 5


class Problems(UsageError):  # noqa: N818 - several of them
    """Several problems found together, reported together."""

    def __init__(self, problems: Iterable[HeatproofError]) -> None:
        self.problems = list(problems)
        first = self.problems[0]
        super().__init__(first.code, first.text, place=first.place, excerpt=first.excerpt)
        self.args = ("\n".join(p.line for p in self.problems),)
        self.exit_code = max(p.exit_code for p in self.problems)


class Undefined(Exception):  # noqa: N818 - a value, not a failure
    """This score or map has no value for this image; `reason` is a short sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


_KINDS: dict[int, type[HeatproofError]] = {2: UsageError, 3: BugError, 4: IncompleteError, 5: StorageError}
_SHELVES = ("config", "data", "environment", "figures", "interchange", "model", "store", "verdict")


@cache
def catalogue() -> dict[str, Message]:
    """Every message by its code."""
    shelves = [import_module(f"heatproof.vocabulary.messages.{name}").MESSAGES for name in _SHELVES]
    return {code: message for shelf in shelves for code, message in shelf.items()}


def problem(code: str, *, place: str = "", excerpt: str = "", **values: object) -> HeatproofError:
    """The error of this code, its text filled with the values. Raise what it returns."""
    message = catalogue()[code]
    return _KINDS[message.exit_code](code, message.text.format(**values), place=place, excerpt=excerpt)


def nearest(name: str, valid: Iterable[str]) -> str:
    """`; did you mean 'x'?` or nothing: appended to a message about an unknown name."""
    near = difflib.get_close_matches(name, sorted(valid), 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
