"""Two methods on the same images: Wilcoxon's signed-rank test and the probability that one beats the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

Array = NDArray[Any]
_EXACT_UP_TO = 50
"""Non-zero differences; above, the normal approximation is right to about two digits of p."""
_NOISE = 1e-12
"""Scores closer than this, relative to their size, are equal: rounding must not break a tie."""


class SignedRank(NamedTuple):
    """Wilcoxon's test: are the differences symmetric around zero?"""

    statistic: float
    """V, the sum of the ranks of the positive differences."""
    greater: float
    """One-sided p: P(V at least this large)."""
    less: float
    """One-sided p: P(V at most this large)."""

    @property
    def two_sided(self) -> float:
        """Two-sided p."""
        return min(1.0, 2 * min(self.greater, self.less))

    @property
    def direction(self) -> int:
        """1 where the ranks speak for positive differences, -1 for negative ones, 0 for neither."""
        return int(np.sign(round(self.less - self.greater, 12)))


def differences(a: Array, b: Array) -> Array:
    """a - b on the images where both are defined."""
    both = np.isfinite(a) & np.isfinite(b)
    a, b = np.asarray(a[both], np.float64), np.asarray(b[both], np.float64)
    apart = a - b
    return np.where(np.abs(apart) <= _NOISE * np.maximum(np.abs(a), np.abs(b)), 0.0, apart)


def signed_rank(apart: Array) -> SignedRank:
    """Wilcoxon's signed-rank test, exact up to 50 non-zero differences, ties included.

    The signed-rank test rather than a permutation test of the mean: its tail is exact without resampling, which the
    correction over many pairs needs (2,000 random permutations cannot show p < 0.0005), and one image with an
    extreme score cannot decide it. Zero differences are left out, as Wilcoxon did: they speak for neither side.
    Equal differences share their mean rank.
    """
    moved = apart[apart != 0]
    ranks = rankdata(np.abs(moved))
    statistic = float(ranks[moved > 0].sum())
    if len(moved) <= _EXACT_UP_TO:
        return SignedRank(statistic, *_exact(np.rint(2 * ranks).astype(int), round(2 * statistic)))
    z = (statistic - ranks.sum() / 2) / np.sqrt((ranks**2).sum() / 4)
    return SignedRank(statistic, float(ndtr(-z)), float(ndtr(z)))


def win_probability(apart: Array) -> float:
    """P(a > b) on an image, ties counted half: the common-language effect size of paired data."""
    return float(((apart > 0) + 0.5 * (apart == 0)).mean())


def _exact(doubled: Array, value: int) -> tuple[float, float]:
    """P(2V >= value) and P(2V <= value) when every sign is a fair coin; doubled, shared ranks are whole numbers."""
    chance = np.zeros(doubled.sum() + 1)
    chance[0] = 1
    for rank in doubled:
        chance[rank:] = (chance[rank:] + chance[:-rank]) / 2
        chance[:rank] /= 2
    return min(1.0, float(chance[value:].sum())), min(1.0, float(chance[: value + 1].sum()))
