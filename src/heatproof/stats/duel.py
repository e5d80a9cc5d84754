"""Two methods against each other on one metric: which is better on how many images?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heatproof.stats.effects import Effects, effects
from heatproof.stats.enough import too_few
from heatproof.stats.one_sided import Test, two_sided
from heatproof.stats.paired import differences
from heatproof.stats.table import ScoreTable


@dataclass(frozen=True)
class Duel:
    """a against b on one metric, paired by image and oriented so that higher is better."""

    metric: str
    a: str
    b: str
    count: int
    p: float
    """Two-sided; NaN where that was not tested."""
    significant: bool
    effects: Effects
    why: str = ""
    """Why it was not tested."""

    @property
    def shown(self) -> float:
        """P(a > b) on an image, ties counted as losses; 0.5 where the difference is not significant."""
        return self.effects.superiority if self.significant else 0.5


def duel(table: ScoreTable, metric: str, pair: tuple[str, str], test: Test = "wilcoxon", alpha: float = 0.01) -> Duel:
    """One pair on one metric with a direction, not corrected: such pairs are few and named beforehand."""
    (a, b), sign = pair, table.sign(metric)
    one, other = sign * table.scores(a, metric), sign * table.scores(b, metric)
    apart = differences(one, other)
    why = too_few(len(apart))
    p = float("nan") if why else two_sided(apart, test)
    return Duel(metric, a, b, len(apart), p, p < alpha, effects(one, other), why)


def duels(
    table: ScoreTable, pairs: Sequence[tuple[str, str]], test: Test = "wilcoxon", alpha: float = 0.01
) -> tuple[Duel, ...]:
    """Every named pair on every metric that has a direction."""
    return tuple(duel(table, metric, pair, test, alpha) for pair in pairs for metric in table.directed)
