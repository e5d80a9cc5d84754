"""Standard output for results, standard error for everything else; both survive pipes and small encodings."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from heatproof.vocabulary.text import visible


class Terminated(KeyboardInterrupt):
    """SIGTERM: the same clean way out as Ctrl-C."""


def prepare() -> None:
    """A closed stream swallows what is written to it; a character that cannot be encoded becomes '?'."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - stays open
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextmanager
def terminating() -> Iterator[None]:
    """SIGTERM raises Terminated meanwhile."""

    def stop(number: int, frame: Any) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def say(text: str, *, styled: bool = False) -> None:
    """A line of results; control characters in it are written out, unless they are our own colours."""
    _write(sys.stdout, text if styled else visible(text, keep="\n"))


def note(text: str) -> None:
    """A line for the person at the terminal, if anybody is there; control characters in it are written out."""
    with suppress(OSError):
        _write(sys.stderr, visible(text, keep="\n"))


def _write(stream: TextIO, text: str) -> None:
    # click.echo would write UTF-8 to a terminal that says it wants ASCII.
    stream.write(f"{text}\n")
    stream.flush()


def silence() -> None:
    """Nobody reads standard output any more: what is still buffered goes nowhere, also at exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - stays open
