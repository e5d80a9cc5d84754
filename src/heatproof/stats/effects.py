"""How large the difference between two methods is: effect sizes of paired and of unpaired scores."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from heatproof.stats.paired import differences, win_probability

Array = NDArray[Any]


class Effects(NamedTuple):
    """a against b, both oriented so that higher is better; NaN where no image has both."""

    median: float
    """Median of a - b, in units of the metric."""
    superiority: float
    """Share of the images on which a is ahead; ties are losses."""
    paired: float
    """The same, ties counted half: the common-language effect size of paired scores."""
    unpaired: float
    """P(a > b) of two images drawn apart, ties counted half: the common-language effect size (McGraw & Wong 1992)."""


def effects(a: Array, b: Array) -> Effects:
    """All effect sizes of one pair of methods, scores per image with NaN where undefined."""
    apart = differences(a, b)
    if not len(apart):
        return Effects(*[float("nan")] * 4)
    both = np.isfinite(a) & np.isfinite(b)
    superiority = float((apart > 0).mean())
    return Effects(float(np.median(apart)), superiority, win_probability(apart), unpaired(a[both], b[both]))


def unpaired(a: Array, b: Array) -> float:
    """P(a > b) + P(a = b) / 2 over every value of a with every one of b, from the rank sum (Mann & Whitney 1947)."""
    ranks = rankdata(np.concatenate([a, b]))
    return float((ranks[: len(a)].sum() - len(a) * (len(a) + 1) / 2) / (len(a) * len(b)))
