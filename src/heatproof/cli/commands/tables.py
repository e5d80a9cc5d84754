"""`heatproof tables RUN`: the statistics of a run as files for a paper, a page or a program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heatproof.cli.options import Command, OneOf, terms
from heatproof.cli.streams import note, say
from heatproof.vocabulary.errors import nearest, problem

if TYPE_CHECKING:
    from heatproof.report.drawing.book import Missing
    from heatproof.report.tabling.shelf import Terms

KINDS = ("csv", "md", "tex", "json")


@click.command("tables", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--only", "names", multiple=True, metavar="NAME", help="Make this table; may be given several times.")
@click.option(
    "--format", "kind", type=OneOf(KINDS), default="csv", show_default=True, help="CSV, Markdown, LaTeX, JSON."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write to; RUN/tables if not given.")
@terms("wilcoxon", "holm")
def command(run: Path, names: tuple[str, ...], kind: str, out: Path | None, terms: Terms) -> None:
    """Write every table that RUN has values for, one file each, and captions.md; print their paths."""
    from heatproof.report.drawing.book import Missing
    from heatproof.report.tabling.binder import sheaves
    from heatproof.report.tabling.formats import FORMATS
    from heatproof.report.tabling.shelf import kinds
    from heatproof.study.results import read_result
    from heatproof.vocabulary.files import write_whole

    for name in names:
        if name not in (known := kinds()):
            raise problem("HP411", name=name, near=nearest(name, known), known=", ".join(known))
    view, folder = read_result(run).view, out or run / "tables"
    captions: list[str] = []
    missing: list[Missing] = []
    for page in sheaves(view, names, terms):
        if isinstance(page, Missing):
            if names:
                raise problem("HP412", name=page.name, run=run, reason=page.reason)
            missing.append(page)
            continue
        for sheaf in page:
            say(str(write_whole(folder / f"{sheaf.name}.{kind}", FORMATS[kind](sheaf))))
            captions.append(f"**{sheaf.name}** {sheaf.caption}\n")
    if not captions:
        raise problem("HP413", run=run, reason=missing[0].reason)
    say(str(write_whole(folder / "captions.md", "\n".join(captions).encode("utf-8"))))
    for page in missing:
        note(f"not made: {page.name} {page.reason}")
