"""How far apart the methods are, seen from how far apart the images are; and how much of a score is chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.enough import too_few

Array = NDArray[Any]


def mad_ratio(scores: Array, between: Literal["images", "methods"] = "images") -> float | None:
    """Median absolute deviation of all scores over the mean of those of the single methods; images x methods.

    Above 1 the methods differ more than the images of one method do. `between`: what the numerator is the median
    of: every score, or the median of each method. None where no method's scores vary, or nothing is defined.
    """
    known = np.where(np.isfinite(scores), scores, np.nan)
    known = known[:, np.isfinite(known).any(0)]
    if not known.size:
        return None
    middles = np.nanmedian(known, axis=0)
    own = float(np.nanmedian(np.abs(known - middles), axis=0).mean())
    values = known[np.isfinite(known)] if between == "images" else middles
    overall = float(np.median(np.abs(values - np.median(known[np.isfinite(known)]))))
    return overall / own if own > 0 else None


@dataclass(frozen=True, eq=False)
class Noise:
    """What repeating a random metric on the same images and maps shows."""

    ratios: Array
    """Per image: mean^2 / variance over the repeats; infinite where the repeats are equal, NaN where undefined."""
    share: float | None
    """Mean over images of the variance over the repeats, as a share of the variance of all values: 0 to about 1."""
    repeats: int
    images: int
    """Images with at least two defined repeats."""
    why: str = ""
    """Why there is no noise share."""

    @property
    def median(self) -> float | None:
        """Median of the defined ratios."""
        known = self.ratios[~np.isnan(self.ratios)]
        return float(np.median(known)) if len(known) else None


def noise(repeated: Array) -> Noise:
    """Signal-to-noise ratios and noise share of one method: repeats x images, NaN where undefined.

    Variances are those of samples (n - 1); repeats that agree to the last bits are equal.
    """
    values = np.where(np.isfinite(repeated), repeated, np.nan)
    count = np.isfinite(values).sum(0)
    usable = values[:, count > 1]
    ratios = np.full(values.shape[1], np.nan)
    if not usable.size:
        return Noise(ratios, None, len(values), 0, f"undefined: {len(values)} repeats, needs 2")
    mean = np.nanmean(usable, axis=0)
    variance = np.nanvar(usable, axis=0, ddof=1)
    variance[variance <= (1e-12 * mean) ** 2] = 0.0
    ratios[count > 1] = np.divide(mean**2, variance, out=np.full(mean.shape, np.inf), where=variance > 0)
    why = too_few(usable.shape[1], 2)
    total = float(np.nanvar(usable, ddof=1))
    share = None if why or total <= 0 else float(variance.mean() / total)
    return Noise(ratios, share, len(values), usable.shape[1], why or ("" if total > 0 else "undefined: all are equal"))
