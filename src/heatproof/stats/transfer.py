"""Does the order of the methods hold elsewhere: on another data set, another model, another seed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.agreement import kendall
from heatproof.stats.table import ScoreTable
from heatproof.vocabulary.ranks import cosine, deviations, ranks

Array = NDArray[Any]
ALL = "all metrics"
"""The order by the mean rank over the metrics that both runs have."""


@dataclass(frozen=True)
class Transfer:
    """How alike two runs order the methods on one metric."""

    metric: str
    a: str
    b: str
    methods: int
    """Methods that have a score in both."""
    spearman: float | None
    kendall: float | None
    same_best: bool | None
    """Is the same method best in both?"""
    why: str = ""
    """Why there is no correlation."""


def transfer(tables: Mapping[str, ScoreTable]) -> tuple[Transfer, ...]:
    """Every two runs, on every metric that both have, and on the mean rank over them; the controls are left out."""
    found: list[Transfer] = []
    for (a, one), (b, other) in combinations(tables.items(), 2):
        methods = [m for m in one.candidates if m in other.candidates]
        metrics = [c for c in one.directed if one.better[c] == other.better.get(c)]
        means = [{c: _means(t, c, methods) for c in metrics} for t in (one, other)]
        orders = {metric: [side[metric] for side in means] for metric in metrics}
        if len(metrics) > 1:
            orders[ALL] = [_mean_rank(side) for side in means]
        found += [_compared(metric, (a, b), pair, methods) for metric, pair in orders.items()]
    return tuple(found)


def _compared(metric: str, runs: tuple[str, str], orders: Sequence[Array], methods: Sequence[str]) -> Transfer:
    one, other = orders
    both = np.isfinite(one) & np.isfinite(other)
    names, one, other = [m for m, known in zip(methods, both, strict=True) if known], one[both], other[both]
    tau = kendall(one, other)
    if tau is None:
        why = f"undefined: {len(names)} common methods, needs 3" if len(names) < 3 else "undefined: all are equal"
        return Transfer(metric, *runs, len(names), None, None, None, why)
    ranked = deviations(ranks(np.stack([one, other])))
    rho = float(cosine(ranked[0], ranked[1:])[0])
    return Transfer(metric, *runs, len(names), rho, tau, bool(one.argmax() == other.argmax()))


def _means(table: ScoreTable, metric: str, methods: Sequence[str]) -> Array:
    """Mean of the defined scores of each method, higher is better."""
    scores = [table.scores(m, metric) for m in methods]
    known = [s[np.isfinite(s)] for s in scores]
    return table.sign(metric) * np.array([k.mean() if len(k) else np.nan for k in known])


def _mean_rank(means: Mapping[str, Array]) -> Array:
    """Mean over metrics of the rank among the methods, higher is better; NaN where one of them is undefined."""
    mean: Array = np.stack([_ranked(m) for m in means.values()]).mean(0)
    return mean


def _ranked(values: Array) -> Array:
    known = np.isfinite(values)
    found = np.full(values.shape, np.nan)
    found[known] = ranks(values[None, known])[0] if known.any() else []
    return found
