"""Does a map depend on the weights? The verdict on the parameter randomization test (Adebayo et al. 2018)."""

from __future__ import annotations

import numpy as np

from heatproof.stats.intervals import Bootstrap
from heatproof.stats.table import SanityData
from heatproof.stats.verdict import Sanity

KEPT = 0.5
"""A map that keeps more than this rank correlation although the weights are random does not explain the model."""


def is_noisy(floor: float | None) -> bool:
    """True when the map does not even resemble itself: it differs from its randomized twin for the wrong reason."""
    return floor is not None and floor < KEPT


def sanity(method: str, data: SanityData | None, bootstrap: Bootstrap) -> Sanity:
    """Fail: the interval of the similarity lies above 0.5; pass: below; else, or for a noisy map, undecided."""
    if data is None or not np.isfinite(data.similarity).any():
        return Sanity(method, "not tested", None, None, None, None if data is None else data.floor)
    mean, low, high, _ = bootstrap.interval(data.similarity)
    outcome = "undecided"
    if low is not None and high is not None and not is_noisy(data.floor):
        outcome = "fail" if low > KEPT else "pass" if high < KEPT else "undecided"
    return Sanity(method, outcome, mean, low, high, data.floor)
