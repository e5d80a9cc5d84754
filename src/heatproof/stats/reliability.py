"""Do the images agree on the order of the methods? Krippendorff's alpha of a metric, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from heatproof.stats.enough import too_few
from heatproof.stats.intervals import Bootstrap
from heatproof.stats.krippendorff import alphas
from heatproof.stats.table import ScoreTable

Array = NDArray[Any]


@dataclass(frozen=True)
class Reliability:
    """Alpha of one metric: 1 every image orders the methods alike, 0 as chance would."""

    metric: str
    alpha: float | None
    low: float | None
    high: float | None
    images: int
    """Images on which at least two methods have a score."""
    why: str = ""
    """Why there is no alpha, or no interval."""


def reliability(table: ScoreTable, metric: str, bootstrap: Bootstrap | None = None) -> Reliability:
    """Alpha of the real methods' ranks within each image; the controls, on which images agree easily, are left out."""
    scores = np.stack([table.scores(m, metric) for m in table.candidates], 1) if table.candidates else np.empty((0, 0))
    return reliability_of(metric, scores, bootstrap)


def reliability_of(metric: str, scores: Array, bootstrap: Bootstrap | None = None) -> Reliability:
    """The same of plain scores, images x methods, NaN where undefined."""
    ranks = within_images(scores)
    count, methods = len(ranks), scores.shape[1] if scores.ndim == 2 else 0
    if methods < 2:
        return Reliability(metric, None, None, None, count, f"undefined: {methods} methods, needs 2")
    if count < 2:
        return Reliability(metric, None, None, None, count, too_few(count, 2))
    found = (bootstrap or Bootstrap()).of(lambda weights: alphas(ranks, weights), count)
    if found.mean is None:
        return Reliability(metric, None, None, None, count, "undefined: every method has the same score on every image")
    why = too_few(count, what="no interval")
    low, high = (None, None) if why else (found.low, found.high)
    return Reliability(metric, found.mean, low, high, count, why)


def within_images(scores: Array) -> Array:
    """Ranks of the methods on each image, ties shared; images with fewer than two scores are left out.

    The rows are sorted: an interval that is resampled from them does not depend on the order of the images.
    """
    ranks: Array = rankdata(np.where(np.isfinite(scores), scores, np.nan), axis=1, nan_policy="omit")
    ranks = ranks[np.isfinite(ranks).sum(1) > 1]
    return ranks[np.lexsort(ranks.T)] if ranks.size else ranks
