"""`heatproof import FILE --out PATH`: what another toolkit wrote, as a study or as tables."""

from __future__ import annotations

from pathlib import Path

import click

from heatproof.cli.options import Command
from heatproof.cli.streams import note, say


@click.command("import", cls=Command)
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--methods", type=click.Path(path_type=Path), help="The methods.yaml that goes with a suite.yaml.")
@click.option("--model", default="digits-cnn", show_default=True, help="Model of the study, for a suite.yaml.")
@click.option("--data", default="mnist5k", show_default=True, help="Data of the study, for a suite.yaml.")
@click.option("--images", type=click.IntRange(min=1), default=32, show_default=True, help="Images of the study.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Study file, or folder of tables, to write."
)
def command(  # noqa: PLR0917 - click hands them over by name
    source: Path, methods: Path | None, model: str, data: str, images: int, out: Path
) -> None:
    """Read SOURCE: a suite.yaml of attribench 0.0.2 (2022) becomes a study; its results (an .h5 file, a folder) tables.

    Maps are not imported: a study names them, as in  methods: [maps: {file: attributions.h5, key: Gradient}]
    """
    if source.suffix.lower() in (".yaml", ".yml"):
        from heatproof.interchange.suite import import_suite, write_study

        found = import_suite(source, methods, model=model, data=data, images=images)
        for text in found.left_out:
            note(text)
        for text in found.notes:
            note(f"note: {text}")
        say(f"{write_study(found, out)}: {found.methods} methods, {found.metrics} metrics")
        return
    from heatproof.interchange.read import import_results

    if methods is not None:
        from heatproof.vocabulary.errors import problem

        raise problem("HP697", path=source)
    for path in import_results(source, out):
        say(str(path))
