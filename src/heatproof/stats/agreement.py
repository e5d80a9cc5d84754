"""Do two metrics put the methods in the same order?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

Array = NDArray[Any]
_FEWEST = 3
"""Two methods have only two orders: their tau is 1 or -1 and says nothing."""


def kendall(a: Array, b: Array) -> float | None:
    """Kendall's tau-b; None for fewer than three methods defined on both, or when one metric holds them all equal."""
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    if len(a) < _FEWEST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(kendalltau(a, b, variant="b").statistic)


def agreement(scores: Mapping[str, Array]) -> dict[tuple[str, str], float]:
    """Tau of each pair of metrics; `scores`: metric -> one number per method, higher is better, NaN where undefined."""
    taus = {(a, b): kendall(scores[a], scores[b]) for a, b in combinations(scores, 2)}
    return {pair: tau for pair, tau in taus.items() if tau is not None}
