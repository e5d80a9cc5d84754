"""The verdict on one model, from its scores.

1. Leaderboard: the mean over the images and its 95 % bootstrap interval.
2. Pairs: every two methods of a metric, Wilcoxon's signed-rank test paired by image, Holm-corrected within the metric.
   "Best" marks each non-control method that is not significantly worse than the one with the best mean.
3. Against random: one-sided, against the control named `random`, Holm-corrected over the methods, on the metrics that
   decide: a random map is perfectly stable and maximally spread, so beating it means nothing elsewhere. A metric
   without a direction has no winners.
4. Sanity: fail when the interval of the similarity to the maps of the randomized model lies above 0.5, pass when below,
   else undecided; a map that does not resemble itself stays undecided, because it would pass for the wrong reason.
5. Order: mean rank over the metrics that decide; methods that fail the sanity check last; controls apart.
6. Warnings come first: what weakens the sentences.
7. Sentences have numbers, and claim evidence, never more.
"""

from __future__ import annotations

from dataclasses import replace

from heatproof.stats.agreement import agreement
from heatproof.stats.cautions import cautions
from heatproof.stats.cells import cells
from heatproof.stats.intervals import Bootstrap
from heatproof.stats.pairs import pairs
from heatproof.stats.sanity import sanity
from heatproof.stats.sentences import sentences
from heatproof.stats.standing import order, oriented
from heatproof.stats.table import ScoreTable
from heatproof.stats.verdict import Verdict


def judge(table: ScoreTable, *, alpha: float = 0.05, seed: int = 0, resamples: int = 2000) -> Verdict:
    """Everything that can be decided about the methods of one model."""
    bootstrap = Bootstrap(resamples, seed)
    tested = {metric: pairs(table, metric, alpha, bootstrap) for metric in table.metrics}
    board = tuple(c for metric in table.metrics for c in cells(table, metric, tested[metric], alpha, bootstrap))
    sane = {method: sanity(method, table.sanity.get(method), bootstrap) for method in table.methods}
    verdict = Verdict(
        methods=order(table, board, sane),
        metrics=table.metrics,
        controls=tuple(m for m in table.methods if m in table.controls),
        cells=board,
        pairs=tuple(pair for family in tested.values() for pair in family),
        sanity=tuple(sane.values()),
        agreement=agreement(oriented(table, board, table.candidates)),
        warnings=(),
        sentences=(),
        alpha=alpha,
    )
    return replace(verdict, warnings=cautions(table, verdict), sentences=sentences(table, verdict))
