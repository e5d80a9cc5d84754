"""The overall order of the methods of one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from heatproof.stats.table import ScoreTable
from heatproof.stats.verdict import Cell, Sanity

Array = NDArray[Any]


def oriented(table: ScoreTable, cells: Sequence[Cell], methods: Sequence[str]) -> dict[str, Array]:
    """metric -> mean of each of these methods, higher is better, NaN where undefined; metrics with a direction only."""
    means = {(c.method, c.metric): c.mean for c in cells if c.mean is not None}
    return {
        metric: table.sign(metric) * np.array([means.get((m, metric), np.nan) for m in methods])
        for metric in table.directed
    }


def mean_ranks(table: ScoreTable, cells: Sequence[Cell], methods: Sequence[str]) -> dict[str, float]:
    """Rank of each of these methods among them, 1 is best, mean over the metrics that decide; undefined ranks last."""
    scores = oriented(table, cells, methods)
    ranks = [rankdata(-np.nan_to_num(scores[metric], nan=-np.inf)) for metric in table.decisive]
    return dict(zip(methods, np.mean(ranks, axis=0).tolist() if ranks else [0.0] * len(methods), strict=True))


def order(table: ScoreTable, cells: Sequence[Cell], sanity: Mapping[str, Sanity]) -> tuple[str, ...]:
    """Methods by mean rank, best first; those that fail the sanity check come last, and after them the controls.

    A control is no explanation, so it has no place among the recommended ones however well it scores.
    """
    controls = tuple(m for m in table.methods if m in table.controls)
    ranks = mean_ranks(table, cells, table.candidates) | mean_ranks(table, cells, controls)
    return tuple(sorted(table.methods, key=lambda m: (m in table.controls, sanity[m].outcome == "fail", ranks[m])))
