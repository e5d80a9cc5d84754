"""`heatproof compare RUN RUN`: does the order of the methods hold on other data, another model, another seed?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heatproof.cli.options import Command, OneOf, as_json
from heatproof.cli.streams import say
from heatproof.cli.table import show_json
from heatproof.vocabulary.errors import problem

if TYPE_CHECKING:
    from heatproof.report.tabling.binder import Sheaf
    from heatproof.study.view import ModelView

KINDS = ("csv", "md", "tex", "json")


@click.command("compare", cls=Command)
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write the tables to; nothing if not given.")
@click.option("--format", "kind", type=OneOf(KINDS), default="csv", show_default=True, help="Of the tables.")
@click.option("--figures", type=OneOf(("pdf", "svg", "png")), help="Draw them too, in this format; needs --out.")
@as_json
def command(runs: tuple[Path, ...], out: Path | None, kind: str, figures: str | None, as_json: bool) -> None:
    """Rank correlations of the leaderboards of RUNs and their models, and what they say side by side."""
    from heatproof.report.tabling.across import across
    from heatproof.report.tabling.formats import aligned, plain

    if figures and not out:
        raise click.UsageError("--figures needs --out, a folder to write to")
    models = _models(runs)
    names = ", ".join(map(str, runs))
    if len(models) < 2:
        raise problem("HP414", runs=names, reason="it takes two runs, or a run of two models")
    found: list[Sheaf] = across(models)
    if not found:
        raise problem("HP414", runs=names, reason="no metric and no method is in two of them")
    if as_json:
        show_json([plain(sheaf) for sheaf in found])
    else:
        say("\n\n".join(aligned(sheaf) for sheaf in found))
    for path in _write(found, out, kind, figures) if out else ():
        if not as_json:
            say(str(path))


def _write(found: list[Sheaf], folder: Path, kind: str, figures: str | None) -> Iterator[Path]:
    """Every table, its figure if wanted, and the captions."""
    from heatproof.report.drawing.across import drawn_across
    from heatproof.report.drawing.sheet import Sheet, styled
    from heatproof.report.drawing.write import picture_bytes
    from heatproof.report.tabling.formats import FORMATS
    from heatproof.vocabulary.files import write_whole

    for sheaf in found:
        yield write_whole(folder / f"{sheaf.name}.{kind}", FORMATS[kind](sheaf))
        if figures:
            with styled():
                drawn = picture_bytes(drawn_across(sheaf, Sheet()), figures)
            yield write_whole(folder / f"{sheaf.name}.{figures}", drawn)
    captions = "\n".join(f"**{sheaf.name}** {sheaf.caption}\n" for sheaf in found)
    yield write_whole(folder / "captions.md", captions.encode("utf-8"))


def _models(runs: tuple[Path, ...]) -> dict[str, ModelView]:
    """Every model of every run, called after the folder, and the model where there are several."""
    from heatproof.study.results import read_result

    folders = Counter(run.resolve().name for run in runs)
    found = {}
    for run in runs:
        view = read_result(run).view
        name = run.resolve().name if folders[run.resolve().name] == 1 else str(run)
        for model in view.models:
            found[f"{name}/{model.name}" if len(view.models) > 1 else name] = model
    return found
