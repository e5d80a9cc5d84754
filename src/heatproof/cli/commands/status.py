"""`heatproof status RUN`: how far a run is, from any shell, while it runs and afterwards."""

from __future__ import annotations

from pathlib import Path

import click

from heatproof.cli.options import Command, as_json
from heatproof.cli.streams import say
from heatproof.cli.table import show_json


@click.command("status", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@as_json
def command(run: Path, as_json: bool) -> None:
    """What RUN (a run folder) holds, what is missing, and what failed."""
    from heatproof.study.results import read_result

    view = read_result(run).view
    state = "incomplete" if view.missing or view.failed else "complete"
    if as_json:
        counts = {"missing": view.missing, "failed": list(view.failed), "events": list(view.events)}
        show_json({"run": str(run), "title": view.title, "state": state, "digest": view.digest, **counts})
        return
    say(f"{view.title}: {state}")
    for model in view.models:
        methods, metrics = len(model.methods), len(model.metrics)
        say(f"{model.name}: {len(model.images)} images, {methods} methods, {metrics} metrics")
    say(f"missing {view.missing}, failed {len(view.failed)}")
    for unit in view.failed[:10]:
        say("  " + "  ".join(str(value) for value in unit.values() if value))
    for event in view.events:
        say(f"{event.get('when', '')}  {event.get('text', '')}".strip())
