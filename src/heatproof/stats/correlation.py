"""Do two metrics (or two methods) rise and fall on the same images? Spearman matrices and their averages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.enough import FEWEST, too_few
from heatproof.stats.table import ScoreTable
from heatproof.vocabulary.ranks import cosine, deviations, ranks

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Correlations:
    """A matrix of mean rank correlations."""

    names: tuple[str, ...]
    mean: Array
    """(k, k), symmetric, NaN where no correlation is defined."""
    count: Array
    """(k, k): how many correlations each mean is made of."""
    spread: Array
    """(k, k): their standard deviation, 0 where there is one."""
    why: str = ""
    """Why all of them are undefined."""

    def only(self, names: Sequence[str]) -> Correlations:
        """Those of some of the names, in this order."""
        places = np.ix_(*[[self.names.index(n) for n in names]] * 2)
        return Correlations(tuple(names), self.mean[places], self.count[places], self.spread[places], self.why)


def spearman_matrix(columns: Array) -> Array:
    """(images, k) -> (k, k): every two columns over the images on which both are defined.

    NaN for fewer than five such images, or for a column that does not vary over them.
    """
    rows = np.where(np.isfinite(columns), columns, np.nan).astype(np.float64).T
    count = len(rows)
    known = np.isfinite(rows)
    matrix = np.full((count, count), np.nan)
    for i, own in enumerate(known):
        # Rows that are defined on the same images as row i, or that row i defines less of, are ranked together.
        for mask in {tuple(own & other) for other in known[i:]}:
            chosen = np.array(mask)
            if chosen.sum() < FEWEST:
                continue
            places = [j for j in range(i, count) if (own & known[j] == chosen).all()]
            ranked = deviations(ranks(rows[[i, *places]][:, chosen]))
            matrix[i, places] = matrix[places, i] = cosine(ranked[0], ranked[1:])
    np.fill_diagonal(matrix, np.where(np.isnan(matrix.diagonal()), np.nan, 1.0))  # exactly
    return matrix


def between_metrics(
    table: ScoreTable, metrics: Sequence[str] | None = None, methods: Sequence[str] | None = None
) -> Correlations:
    """For each method the correlation of every two metrics over the images, higher is better; mean over the methods."""
    names = tuple(table.directed if metrics is None else metrics)
    rows = table.methods if methods is None else methods
    return _mean(names, [_columns(table, [(m, metric) for metric in names]) for m in rows], table.images)


def between_methods(
    table: ScoreTable, methods: Sequence[str] | None = None, metrics: Sequence[str] | None = None
) -> Correlations:
    """For each metric the correlation of every two methods over the images; mean over the metrics."""
    names = tuple(table.methods if methods is None else methods)
    columns = table.metrics if metrics is None else metrics
    return _mean(names, [_columns(table, [(m, metric) for m in names]) for metric in columns], table.images)


def averaged(found: Iterable[Correlations]) -> Correlations:
    """The mean over several runs, data sets or models; a name that one of them lacks is averaged over the others."""
    runs = list(found)
    names = tuple(dict.fromkeys(name for run in runs for name in run.names))
    stack = np.full((len(runs), len(names), len(names)), np.nan)
    for layer, run in zip(stack, runs, strict=True):
        places = [names.index(name) for name in run.names]
        layer[np.ix_(places, places)] = run.mean
    return _summed(names, stack, runs[0].why if runs and all(run.why for run in runs) else "")


def strongest(found: Correlations) -> list[tuple[str, str, float]]:
    """Every two names with their correlation, the largest first."""
    pairs = [(a, b, float(found.mean[i, j])) for (i, a), (j, b) in combinations(enumerate(found.names), 2)]
    return sorted((p for p in pairs if not np.isnan(p[2])), key=lambda p: -p[2])


def _columns(table: ScoreTable, cells: Sequence[tuple[str, str]]) -> Array:
    columns = [table.sign(metric) * table.scores(method, metric) for method, metric in cells]
    return np.stack(columns, 1) if columns else np.empty((table.images, 0))


def _mean(names: tuple[str, ...], columns: Sequence[Array], images: int) -> Correlations:
    matrices = [spearman_matrix(c) for c in columns]
    stack = np.stack(matrices) if matrices else np.empty((0, len(names), len(names)))
    return _summed(names, stack, too_few(images))


def _summed(names: tuple[str, ...], stack: Array, why: str) -> Correlations:
    known = ~np.isnan(stack)
    count = known.sum(0)
    filled = np.where(known, stack, 0.0)
    mean = np.divide(filled.sum(0), count, out=np.full(count.shape, np.nan), where=count > 0)
    away = np.where(known, stack - mean, 0.0) if len(stack) else filled
    spread = np.sqrt(np.divide((away**2).sum(0), count, out=np.full(count.shape, np.nan), where=count > 0))
    return Correlations(names, mean, count, spread, why)
