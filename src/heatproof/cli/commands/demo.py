"""`heatproof demo`: the main job on real digits, from nothing to a report."""

from __future__ import annotations

from pathlib import Path

import click

from heatproof.cli.options import Command, as_json, is_set
from heatproof.cli.outcome import finish, show_outcome
from heatproof.cli.progress import progress
from heatproof.cli.streams import note, say


@click.command("demo", cls=Command)
@click.option("--out", type=click.Path(path_type=Path), default=Path("heatproof-demo"), show_default=True)
@as_json
def command(out: Path, as_json: bool) -> None:
    """Real handwritten digits, a small CNN, 11 methods and 11 metrics: ends with a report."""
    from heatproof.spec.study import read_study
    from heatproof.study.study import Study

    spec = read_study("quick")
    if not is_set("quiet"):
        note(f"demo: {spec.data.images} digits, {len(spec.methods)} methods, {len(spec.metrics)} metrics")
    with progress("demo") as tell:
        result = Study.from_spec(spec).run(out, progress=tell)
    show_outcome(result.view, as_json=as_json)
    report = result.report(out / "report.html")
    if not as_json:
        say(f"\nreport: {report}   (opens offline)")
    finish(result.view)
