"""How far a run is: a bar with the time left on a terminal, a plain line now and then everywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from heatproof.cli.options import is_set
from heatproof.cli.streams import note

if TYPE_CHECKING:
    from heatproof.study.progress import Progress

EVERY = 10.0
"""Seconds between two plain lines."""


@contextmanager
def progress(title: str) -> Iterator[Callable[[Progress], None] | None]:
    """A function that shows progress on standard error; None with --quiet."""
    if is_set("quiet"):
        yield None
    elif sys.stderr.isatty():
        with _bar(title) as show:
            yield show
    else:
        yield _lines(title)


def duration(seconds: float | None) -> str:
    """`48 s`, `12 min`, `2 h 10 min`, or nothing."""
    if seconds is None:
        return ""
    if 0 < seconds < 1:
        return "<1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


@contextmanager
def _bar(title: str) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(title), total=None, left="")

        def show(state: Progress) -> None:
            left = f"left {duration(state.seconds_left)}" if state.seconds_left is not None else ""
            bar.update(task, completed=state.share, total=1.0, description=escape(state.what), left=left)

        yield show


def _lines(title: str) -> Callable[[Progress], None]:
    last = time.monotonic()

    def show(state: Progress) -> None:
        nonlocal last
        if time.monotonic() - last < EVERY:
            return
        last = time.monotonic()
        left = f"  left {duration(state.seconds_left)}" if state.seconds_left is not None else ""
        note(f"{title}  {state.share:.0%}  {state.done} of {state.total} units  {state.what}{left}")

    return show
