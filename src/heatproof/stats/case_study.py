"""From all metrics and methods to those that can be trusted, and what these say: seven steps (Gevaert et al. 2024, 8).

1. A random part of the images, the same for everything: choices are made on it, conclusions are drawn on all images.
2. Metrics on which the images do not agree about the methods (Krippendorff's alpha) are dropped.
3. Rank correlations of the metrics that are left, mean over the methods.
4. Metrics that say the same form a group; the most reliable one stands for it.
5. Methods whose maps stay similar when all weights are random are dropped.
6. The methods that are left against random maps, on the metrics that are left.
7. Pairs of these methods against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.against import Against, Rule, against
from heatproof.stats.correlation import Correlations, between_metrics
from heatproof.stats.duel import Duel, duel
from heatproof.stats.groups import Group, groups
from heatproof.stats.intervals import Bootstrap
from heatproof.stats.reliability import Reliability, reliability
from heatproof.stats.table import ScoreTable

Array = NDArray[Any]
_LEADERS = 3
"""Methods that are compared with each other when no pairs are named."""


@dataclass(frozen=True)
class Limits:
    """What is kept; the defaults are those of the published study."""

    alpha: float = 0.3
    """Least Krippendorff alpha of a metric."""
    same: float = 0.7
    """Rank correlation from which on two metrics say the same."""
    similarity: float = 0.05
    """Largest mean similarity, without its sign, to the maps of the random model."""
    rule: Rule = field(default_factory=lambda: Rule("t_test", "bonferroni", 0.01))
    """Of step 6; step 7 uses its test and level without correction."""


@dataclass(frozen=True)
class Choice:
    """A metric or a method, and why it was kept or dropped."""

    name: str
    kept: bool
    reason: str


@dataclass(frozen=True)
class CaseStudy:
    """What each step found."""

    images: int
    sample: tuple[int, ...]
    """Step 1: places of the images on which the choices were made."""
    reliability: tuple[Reliability, ...]
    correlations: Correlations
    """Step 3: of the metrics that were reliable."""
    groups: tuple[Group, ...]
    metrics: tuple[Choice, ...]
    methods: tuple[Choice, ...]
    similarity: Mapping[str, float]
    """Step 5: mean similarity of each method's maps to those of the random model; NaN where it is not known."""
    against: tuple[Against, ...]
    duels: tuple[Duel, ...]
    limits: Limits

    @property
    def kept_metrics(self) -> tuple[str, ...]:
        """The representatives."""
        return tuple(c.name for c in self.metrics if c.kept)

    @property
    def kept_methods(self) -> tuple[str, ...]:
        """The methods whose maps depend on the weights."""
        return tuple(c.name for c in self.methods if c.kept)


def case_study(
    table: ScoreTable,
    *,
    metrics: Sequence[str] | None = None,
    similarity: Mapping[str, Array] | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    images: int | None = None,
    seed: int = 0,
    limits: Limits | None = None,
) -> CaseStudy:
    """All seven steps on one model's scores.

    `metrics`: those that are considered, every one with a direction if not given. `similarity`: per method one number
    per image (of `table.sanity` if not given). `pairs`: those of step 7; the leading three if not given. `images`:
    how many are chosen in step 1; half of them if not given.
    """
    limits, considered = limits or Limits(), tuple(table.directed if metrics is None else metrics)
    kept = {m: data.similarity for m, data in table.sanity.items()} if similarity is None else similarity
    sample = _sample(table.images, images, seed)
    part, bootstrap = part_of(table, sample), Bootstrap(seed=seed)
    reliable = tuple(reliability(part, metric, bootstrap) for metric in considered)
    alpha = {r.metric: r.alpha for r in reliable if r.alpha is not None and r.alpha > limits.alpha}
    correlations = between_metrics(part, [r.metric for r in reliable if r.metric in alpha])
    found = groups(correlations, alpha, limits.same)
    means = {m: _mean(np.asarray(kept[m])[list(sample)]) if m in kept else float("nan") for m in table.candidates}
    methods = tuple(_judged(m, means[m], limits.similarity) for m in table.candidates)
    chosen_ones = {g.chosen for g in found}
    representatives = tuple(metric for metric in considered if metric in chosen_ones)
    left = tuple(c.name for c in methods if c.kept)
    tested = tuple(t for metric in representatives for t in against(table, metric, limits.rule, left))
    chosen = _leading(tested, left) if pairs is None else tuple(pairs)
    return CaseStudy(
        images=table.images,
        sample=sample,
        reliability=reliable,
        correlations=correlations,
        groups=found,
        metrics=tuple(_represented(r, found, limits.alpha) for r in reliable),
        methods=methods,
        similarity=means,
        against=tested,
        duels=tuple(
            duel(table, metric, pair, limits.rule.test, limits.rule.alpha)
            for pair in chosen
            for metric in representatives
        ),
        limits=limits,
    )


def part_of(table: ScoreTable, places: Sequence[int]) -> ScoreTable:
    """The same table of some of the images."""
    chosen = np.asarray(places, int)
    sanity = {m: replace(data, similarity=np.asarray(data.similarity)[chosen]) for m, data in table.sanity.items()}
    return replace(table, values={unit: values[chosen] for unit, values in table.values.items()}, sanity=sanity)


def _sample(count: int, wanted: int | None, seed: int) -> tuple[int, ...]:
    size = -(-count // 2) if wanted is None else min(wanted, count)
    chosen = np.random.Generator(np.random.Philox(seed)).permutation(count)[:size]
    return tuple(sorted(int(i) for i in chosen))


def _represented(found: Reliability, sets: Sequence[Group], least: float) -> Choice:
    if found.alpha is None:
        return Choice(found.metric, False, f"no alpha: {found.why}")
    if found.alpha <= least:
        return Choice(found.metric, False, f"alpha {found.alpha:.2f} is not above {least:g}: the images do not agree")
    group = next(g for g in sets if found.metric in g.members)
    if group.chosen == found.metric:
        return Choice(found.metric, True, f"alpha {found.alpha:.2f}; {group.reason}")
    return Choice(found.metric, False, f"says the same as {group.chosen}, which stands for it")


def _judged(method: str, mean: float, most: float) -> Choice:
    if np.isnan(mean):
        return Choice(method, True, "parameter randomization was not tested")
    if abs(mean) > most:
        return Choice(
            method, False, f"its maps keep a similarity of {mean:.3f} when the weights are random (> {most:g})"
        )
    return Choice(method, True, f"similarity of {mean:.3f} to the maps of random weights (at most {most:g})")


def _leading(tested: Sequence[Against], methods: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Every two of the methods that are ahead of random maps on most images, over the metrics."""
    ahead = {m: _mean(np.array([t.effects.superiority for t in tested if t.method == m])) for m in methods}
    known = sorted((m for m in methods if not np.isnan(ahead[m])), key=lambda m: -ahead[m])
    return tuple(combinations(known[:_LEADERS], 2))


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
