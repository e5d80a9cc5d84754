"""The leaderboard of one metric: means, intervals, who is best, who beats random maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from heatproof.stats.intervals import Bootstrap, Interval
from heatproof.stats.multiplicity import smallest_p
from heatproof.stats.pairs import against_random
from heatproof.stats.table import ScoreTable
from heatproof.stats.verdict import Cell, Pair


def cells(
    table: ScoreTable, metric: str, tested: Sequence[Pair], alpha: float, bootstrap: Bootstrap
) -> tuple[Cell, ...]:
    """One cell per method; `tested` are the pairs of this metric."""
    intervals = bootstrap.intervals([table.scores(m, metric) for m in table.methods])
    places = dict(zip(table.methods, intervals, strict=True))
    leaders = best(table, metric, places, tested, alpha)
    beats = against_random(table, metric, alpha)
    return tuple(
        Cell(m, metric, mean, low, high, count, table.images - count, m in leaders, beats.get(m))
        for m, (mean, low, high, count) in places.items()
    )


def best(
    table: ScoreTable, metric: str, places: Mapping[str, Interval], tested: Sequence[Pair], alpha: float
) -> frozenset[str]:
    """The non-control method with the best mean, and every other one that is not significantly worse than it.

    Nobody is marked where the metric has no direction, or where no comparison took place: one method, or so few
    images that even the same winner on all of them would not be significant.
    """
    means = {m: places[m].mean for m in table.candidates}
    defined = {m: mean for m, mean in means.items() if mean is not None}
    if metric not in table.directed or not defined:
        return frozenset()
    top = max(defined, key=lambda m: table.sign(metric) * defined[m])
    rivals = {_other(p, top): p for p in tested if top in (p.a, p.b) and not {p.a, p.b} & table.controls}
    rivals = {m: p for m, p in rivals.items() if 2 * smallest_p(p.count) * len(tested) < alpha}
    tied = {m for m, p in rivals.items() if p.better != top}
    return frozenset({top} | tied) if rivals else frozenset()


def _other(pair: Pair, method: str) -> str:
    return pair.b if pair.a == method else pair.a
