"""`heatproof figures RUN`: the figures of a run as files for a paper, their captions, and the numbers behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heatproof.cli.options import Command, OneOf
from heatproof.cli.streams import note, say
from heatproof.vocabulary.errors import nearest, problem

if TYPE_CHECKING:
    from heatproof.report.drawing.book import Leaf, Missing

KINDS = ("pdf", "svg", "png", "all")


@click.command("figures", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--only", "names", multiple=True, metavar="NAME", help="Draw this figure; may be given several times.")
@click.option("--format", "kind", type=OneOf(KINDS), default="pdf", help="pdf, svg, png, or all of them.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write to; RUN/figures if not given.")
@click.option("--width", type=OneOf(("column", "page")), help="3.3 or 6.9 inches; as suits each figure if not given.")
def command(run: Path, names: tuple[str, ...], kind: str, out: Path | None, width: str | None) -> None:
    """Write every figure that RUN has values for, a CSV table behind each, and captions.md; print their paths."""
    from heatproof.report.drawing.book import Missing, book
    from heatproof.report.drawing.plates import plates
    from heatproof.report.drawing.write import FORMATS
    from heatproof.study.results import read_result

    for name in names:
        if name not in (known := plates()):
            raise problem("HP340", name=name, near=nearest(name, known), known=", ".join(known))
    view, folder = read_result(run).view, out or run / "figures"
    kinds = FORMATS if kind == "all" else (kind,)
    captions: list[str] = []
    missing: list[Missing] = []
    for page in book(view, names, width=width):
        if isinstance(page, Missing):
            if names:
                raise problem("HP341", name=page.name, run=run, reason=page.reason)
            missing.append(page)
            continue
        for leaf in page:
            _write(leaf, folder, kinds)
            captions.append(f"**{leaf.name}** {leaf.caption}\n")
    _finish(run, folder, captions, missing)


def _write(leaf: Leaf, folder: Path, kinds: tuple[str, ...]) -> None:
    from heatproof.report.drawing.sheet import styled
    from heatproof.report.drawing.write import picture_bytes, table_bytes
    from heatproof.vocabulary.files import write_whole

    with styled():
        files = {kind: picture_bytes(leaf.drawing.figure, kind) for kind in kinds}
    for kind, content in {**files, "csv": table_bytes(leaf.drawing.rows)}.items():
        say(str(write_whole(folder / f"{leaf.name}.{kind}", content)))


def _finish(run: Path, folder: Path, captions: list[str], missing: list[Missing]) -> None:
    from heatproof.vocabulary.files import write_whole

    if not captions:
        raise problem("HP342", run=run, reason=missing[0].reason if missing else "no figure is known")
    say(str(write_whole(folder / "captions.md", "\n".join(captions).encode("utf-8"))))
    for page in missing:
        note(f"not drawn: {page.name} {page.reason}")
