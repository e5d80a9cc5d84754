"""`heatproof export RUN --to FORMAT --out DIR`: results and maps as files of another kind."""

from __future__ import annotations

from pathlib import Path

import click

from heatproof.cli.options import Command, OneOf, as_json
from heatproof.cli.streams import note, say
from heatproof.cli.table import show_json

FORMATS = ("attribench-hdf5", "attribench-csv", "npz", "csv", "parquet")


@click.command("export", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", type=OneOf(FORMATS), required=True, help=", ".join(FORMATS))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to make; must not hold anything.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only this model of the run.")
@as_json
def command(run: Path, to: str, out: Path, models: tuple[str, ...], as_json: bool) -> None:
    """Write RUN (a run folder, finished or not) for other toolkits.

    attribench-hdf5: images, maps and results as attribench reads them; attribench-csv: results; npz: maps and images
    (they come back as `maps: {file: maps.npz}`); csv, parquet: every score and every point of every curve.
    """
    from heatproof.interchange.export import export

    done = export(run, out, to, models=models)
    if as_json:
        show_json({"folder": str(out), "files": done.files, "left_out": done.left_out, "notes": done.notes})
        return
    for name in done.files:
        say(str(out / name))
    for text in done.left_out:
        note(f"left out: {text}")
    for text in done.notes:
        note(f"note: {text}")
