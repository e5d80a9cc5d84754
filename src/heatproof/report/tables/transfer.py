"""Does the order of the methods hold under another model?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.table import ScoreTable
from heatproof.stats.transfer import transfer as carried
from heatproof.study.view import RunView

CAPTION = (
    "Rank correlations of two leaderboards: of the methods' means on each metric, and of their mean ranks over all "
    "metrics that both have. Controls are left out. same_best: the same method is first in both."
)


@table(caption=CAPTION)
def transfer(run: RunView, terms: Terms) -> Iterator[Tabled]:
    """One row per metric and pair of models."""
    del terms
    if len(run.models) < 2:
        raise Absent("needs two models")
    yield Tabled(transfer_rows({model.name: narrowed(model) for model in run.models}))


def transfer_rows(tables: Mapping[str, ScoreTable]) -> list[dict[str, object]]:
    """The columns of every comparison of two score tables."""
    return [
        {
            "a": found.a,
            "b": found.b,
            "metric": found.metric,
            "methods": found.methods,
            "spearman": found.spearman,
            "kendall": found.kendall,
            "same_best": found.same_best,
            "note": found.why,
        }
        for found in carried(tables)
    ]
