"""What a run came to: the leaderboard for people, its numbers for machines, and what to do next."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from heatproof.cli.streams import note, say
from heatproof.cli.table import show_json

if TYPE_CHECKING:
    from heatproof.study.view import RunView

INCOMPLETE = 4


def show_outcome(view: RunView, *, as_json: bool) -> None:
    """The leaderboard and the verdict, as text or JSON."""
    if as_json:
        show_json(numbers(view))
        return
    from rich.console import Console

    from heatproof.report.terminal import print_run

    console = Console(highlight=False)
    with console.capture() as captured:
        print_run(view, console)
    say(captured.get().rstrip("\n"), styled=True)


def numbers(view: RunView) -> dict[str, Any]:
    """The verdict on each model as plain values."""
    return {
        "run": str(view.folder),
        "study": view.study,
        "models": [{"name": model.name, **_verdict(model.verdict)} for model in view.models],
        "cost": view.cost,
        "missing": view.missing,
        "failed": list(view.failed),
        "digest": view.digest,
    }


def finish(view: RunView) -> None:
    """Exit 4, with one line, where something is missing or failed."""
    if view.missing or view.failed:
        click.get_current_context().exit(_incomplete(view))


def _incomplete(view: RunView) -> int:
    from heatproof.stats.words import plural

    failed, missing = plural(len(view.failed), "unit"), plural(view.missing, "unit")
    note(f"incomplete: {failed} failed, {missing} missing; the same command tries again")
    return INCOMPLETE


def _verdict(verdict: Any) -> dict[str, Any]:
    plain = asdict(verdict)
    plain["agreement"] = [{"a": a, "b": b, "tau": tau} for (a, b), tau in verdict.agreement.items()]
    return plain
