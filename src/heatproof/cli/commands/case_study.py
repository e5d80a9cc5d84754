"""`heatproof case-study RUN`: which metrics and methods can be trusted, and what they say, in seven steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heatproof.cli.options import SHARE, Command, as_json, terms
from heatproof.cli.streams import say
from heatproof.cli.table import show_json
from heatproof.vocabulary.errors import nearest, problem

if TYPE_CHECKING:
    from heatproof.report.tabling.shelf import Terms
    from heatproof.study.view import ModelView, RunView


@click.command("case-study", cls=Command)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--model", "names", multiple=True, metavar="NAME", help="Only this model; may be given several times.")
@click.option("--images", type=click.IntRange(min=2), help="Images that choices are made on; half if not given.")
@click.option(
    "--pair", "pairs", nargs=2, multiple=True, metavar="A B", help="Compare these; the leading three if not given."
)
@click.option("--same", type=SHARE, default=0.7, show_default=True, help="Correlation of metrics that say the same.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the choice of images.")
@terms("t_test", "bonferroni")
@as_json
def command(
    run: Path,
    names: tuple[str, ...],
    images: int | None,
    pairs: tuple[tuple[str, str], ...],
    *,
    same: float,
    seed: int,
    terms: Terms,
    as_json: bool,
) -> None:
    """Keep the reliable metrics of RUN, one of each kind, and the methods that depend on the weights; compare them."""
    from heatproof.report.case_text import case_json, case_text
    from heatproof.report.tabling.case import case_of
    from heatproof.stats.case_study import Limits
    from heatproof.study.results import read_result

    view = read_result(run).view
    limits = Limits(terms.alpha, same, terms.similarity, terms.rule)
    found = {}
    for model in _models(run, view, names):
        _known(run, model, pairs)
        found[model.name] = case_of(model, pairs=pairs or None, images=images, seed=seed, limits=limits)
    if as_json:
        show_json([{"model": name, **case_json(case)} for name, case in found.items()])
    else:
        say("\n\n".join(case_text(name, case) for name, case in found.items()))


def _models(run: Path, view: RunView, names: tuple[str, ...]) -> list[ModelView]:
    known = {model.name: model for model in view.models}
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise problem(
                "HP415", option="--model", name=name, kind="model", run=run, near=near, known=", ".join(known)
            )
    if not known:
        raise problem("HP413", run=run, reason="no model has been scored yet")
    return [known[name] for name in names or known]


def _known(run: Path, model: ModelView, pairs: tuple[tuple[str, str], ...]) -> None:
    labels = [method.label for method in model.methods]
    for name in (name for pair in pairs for name in pair):
        if name not in labels:
            near = nearest(name, labels)
            said = {"option": "--pair", "name": name, "kind": "method", "near": near, "known": ", ".join(labels)}
            raise problem("HP415", run=run, **said)
