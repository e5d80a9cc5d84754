"""`heatproof report RUN`: the page that opens by double click."""

from __future__ import annotations

from pathlib import Path

import click

from heatproof.cli.options import Command
from heatproof.cli.streams import say


@click.command("report", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write; RUN/report.html if not given.")
def command(run: Path, out: Path | None) -> None:
    """Write the report of RUN (a run folder, finished or not) and print its path."""
    from heatproof.study.results import read_result

    say(str(read_result(run).report(out or run / "report.html")))
