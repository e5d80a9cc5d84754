"""`heatproof run STUDY`: compute what is missing, then say what came out."""

from __future__ import annotations

from pathlib import Path

import click

from heatproof.cli.options import Command, as_json, is_set, study_options
from heatproof.cli.outcome import finish, show_outcome
from heatproof.cli.progress import progress
from heatproof.cli.streams import note, say


@click.command("run", cls=Command)
@study_options
@click.option("--out", type=click.Path(path_type=Path), help="Run folder; the study's `out` if not given.")
@as_json
def command(study: str, out: Path | None, changes: tuple[str, ...], allow_plugins: bool, as_json: bool) -> None:
    """Run STUDY (a file, or the name of a packaged one). The same command again continues."""
    from heatproof.spec.study import read_study
    from heatproof.study.study import Study

    spec = read_study(study, overrides=changes, allow_plugins=allow_plugins)
    folder = out or Path(spec.out or "runs/study")
    wanted = Study.from_spec(spec, allow_plugins=allow_plugins, tell=None if is_set("quiet") else note)
    with progress(spec.name) as tell:
        result = wanted.run(folder, progress=tell)
    show_outcome(result.view, as_json=as_json)
    if not as_json:
        say(f"\nnext: heatproof report {folder}")
    finish(result.view)
