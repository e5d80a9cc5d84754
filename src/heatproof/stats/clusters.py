"""Which methods, and which metrics, are alike? Medians, scaled within each metric, and their hierarchical clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from heatproof.stats.table import ScoreTable
from heatproof.vocabulary.ranks import cosine, deviations

Array = NDArray[Any]
_FEWEST = 3
"""Common values without which a correlation is 1 or -1 and says nothing."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Metrics x methods, and the trees of both."""

    metrics: tuple[str, ...]
    methods: tuple[str, ...]
    scaled: Array
    """(metrics, methods): median over images, higher is better, 0 the worst method and 1 the best; NaN undefined."""
    metric_tree: Array | None
    method_tree: Array | None
    """Linkage matrices of scipy; None for fewer than two."""
    flat: tuple[str, ...]
    """Metrics or methods whose values do not vary: they resemble nothing."""

    @property
    def metric_order(self) -> list[int]:
        """Places of the metrics, alike ones side by side."""
        return _order(self.metric_tree, len(self.metrics))

    @property
    def method_order(self) -> list[int]:
        """Places of the methods, alike ones side by side."""
        return _order(self.method_tree, len(self.methods))


def clusters(table: ScoreTable, metrics: tuple[str, ...] | None = None) -> Clusters:
    """Single linkage of 1 - Pearson correlation on rows and on columns, leaves in optimal order."""
    names = table.directed if metrics is None else metrics
    return clusters_of(np.array([[_median(table, m, c) for m in table.methods] for c in names]), names, table.methods)


def clusters_of(medians: Array, metrics: tuple[str, ...], methods: tuple[str, ...]) -> Clusters:
    """The same of plain medians (metrics, methods), higher is better, NaN where undefined."""
    values = np.asarray(medians, np.float64).reshape(len(metrics), len(methods))
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(1, keepdims=True, initial=np.inf)
    span = np.where(known, values, -np.inf).max(1, keepdims=True, initial=-np.inf) - low
    scaled = np.where(known, (values - low) / np.where(span > 0, span, np.inf), np.nan)
    scaled[(span == 0).ravel()] = np.where(known[(span == 0).ravel()], 0.5, np.nan)
    rows, row_flat = _tree(scaled)
    columns, column_flat = _tree(scaled.T)
    flat = [n for n, f in zip((*metrics, *methods), (*row_flat, *column_flat), strict=True) if f]
    return Clusters(metrics, methods, scaled, rows, columns, tuple(flat))


def distances(rows: Array) -> Array:
    """1 - Pearson correlation of every two rows over their common places; 1, as of unrelated ones, without a value."""
    count = len(rows)
    apart = np.ones((count, count))
    for i in range(count):
        for j in range(i):
            both = np.isfinite(rows[i]) & np.isfinite(rows[j])
            if both.sum() >= _FEWEST:
                a, b = deviations(rows[[i, j]][:, both])
                apart[i, j] = apart[j, i] = 1 - np.nan_to_num(cosine(a, b[None])[0])
    np.fill_diagonal(apart, 0.0)
    return apart


def _tree(rows: Array) -> tuple[Array | None, list[bool]]:
    flat = [not np.isfinite(row).any() or bool(np.ptp(row[np.isfinite(row)]) == 0) for row in rows]
    if len(rows) < 2:
        return None, flat
    return linkage(squareform(distances(rows), checks=False), "single", optimal_ordering=True), flat


def _order(tree: Array | None, count: int) -> list[int]:
    return list(range(count)) if tree is None else [int(i) for i in leaves_list(tree)]


def _median(table: ScoreTable, method: str, metric: str) -> float:
    scores = table.scores(method, metric)
    known = scores[np.isfinite(scores)]
    return table.sign(metric) * float(np.median(known)) if len(known) else float("nan")
