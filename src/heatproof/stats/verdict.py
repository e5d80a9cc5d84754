"""The verdict on one model: which explanations can be trusted, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One method on one metric: the leaderboard's cell."""

    method: str
    metric: str
    mean: float | None
    low: float | None
    high: float | None
    """Limits of the bootstrap interval of the mean."""
    count: int
    undefined: int
    best: bool
    """True when not significantly worse than the best non-control method of this metric."""
    beats_random: bool | None
    """True/False: significantly better than the random control or not; None where that cannot be tested."""


@dataclass(frozen=True)
class Pair:
    """Two methods on one metric, paired by image; `better` is the method that wins, or "" when undecided."""

    metric: str
    a: str
    b: str
    difference: float
    low: float
    high: float
    p: float
    p_adjusted: float
    effect: float
    """Probability that a beats b on an image, ties counted half (common-language effect size)."""
    better: str
    count: int


@dataclass(frozen=True)
class Sanity:
    """Does the map of this method depend on the weights of the model?"""

    method: str
    outcome: str
    """"pass", "fail", "undecided" or "not tested"."""
    similarity: float | None
    low: float | None
    high: float | None
    floor: float | None
    """Similarity of the map with itself, computed twice with other noise: what a perfect pass is measured against."""


@dataclass(frozen=True)
class Verdict:
    """Everything decided about one model."""

    methods: tuple[str, ...]
    """Labels of the methods, best first."""
    metrics: tuple[str, ...]
    controls: tuple[str, ...]
    cells: tuple[Cell, ...]
    pairs: tuple[Pair, ...]
    sanity: tuple[Sanity, ...]
    agreement: dict[tuple[str, str], float]
    """Kendall tau of the method order, for each pair of metrics."""
    warnings: tuple[str, ...]
    """What weakens the sentences; shown first."""
    sentences: tuple[str, ...]
    """The verdict in words, most important first."""
    alpha: float = 0.05

    def cell(self, method: str, metric: str) -> Cell:
        """The leaderboard's cell of this method and metric."""
        return next(c for c in self.cells if (c.method, c.metric) == (method, metric))
