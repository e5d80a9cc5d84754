"""Bootstrap interval of a mean over images, or of another statistic: BCa, widened for few images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

Array = NDArray[Any]
_BLOCK = 2**22
"""Resampling weights held at once: bounds the memory for any number of images."""


class Interval(NamedTuple):
    """Mean of the defined values and the limits of its interval; None where there are too few values for it."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    """Number of defined values."""

    @property
    def complete(self) -> tuple[float, float, float]:
        """Mean, low and high, for those who know that there are at least two values."""
        mean, low, high = (part for part in self[:3] if part is not None)
        return mean, low, high


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are resampled.

    BCa, because scores such as infidelity are skewed and a symmetric or percentile interval then misses on one
    side. For a mean the bias correction equals the acceleration, skewness / (6 sqrt n) (DiCiccio & Efron 1996), so
    neither has to be estimated by counting. The levels are widened from normal to Student (Hesterberg 2015),
    because a plain bootstrap of n values is too narrow by sqrt(1 - 1/n).

    The values are sorted before they are resampled, and every resample has its mirror image among the others. So
    the interval does not depend on the order of the images, and the interval of the negated values is exactly the
    mirrored interval.
    """

    resamples: int = 2000
    seed: int = 0
    confidence: float = 0.95

    def interval(self, sample: Array) -> Interval:
        """The interval of one sample."""
        return self.intervals([sample])[0]

    def intervals(self, samples: Sequence[Array]) -> list[Interval]:
        """The interval of each sample; values that are not finite are left out; below two there are no limits."""
        defined = [np.sort(sample[np.isfinite(sample)].astype(np.float64)) for sample in map(np.asarray, samples)]
        found = {i: _point(values) for i, values in enumerate(defined)}
        for count in {len(values) for values in defined} - {0, 1}:
            places = [i for i, values in enumerate(defined) if len(values) == count]
            found |= zip(places, self._limits(np.stack([defined[i] for i in places])), strict=True)
        return [found[i] for i in range(len(defined))]

    def of(self, statistic: Callable[[Array], Array], count: int) -> Interval:
        """The interval of any statistic of `count` images.

        `statistic`: how often each image is taken, (rows, count) -> (rows,), NaN where it has no value. The bias is
        counted among the resamples, the acceleration comes from leaving out one image at a time (Efron 1987).
        """
        point = float(statistic(np.ones((1, count)))[0])
        if np.isnan(point) or count < 2:
            return Interval(None if np.isnan(point) else point, None, None, count)
        drawn = np.concatenate([statistic(np.rint(weights * count)) for weights in self._weights(count)])
        left_out = statistic(1 - np.eye(count))
        drawn, left_out = drawn[np.isfinite(drawn)], left_out[np.isfinite(left_out)]
        if len(drawn) < self.resamples / 2:  # undefined more often than not: so is its interval
            return Interval(point, None, None, count)
        below = (drawn < point).mean() + (drawn == point).mean() / 2
        bias = ndtri(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn)))
        pull = left_out.mean() - left_out
        acceleration = (pull**3).sum() / 6 / ((pull**2).sum() ** 1.5 or 1.0)
        shifted = bias + self._reach(count)
        low, high = np.quantile(drawn, ndtr(bias + shifted / (1 - acceleration * shifted)))
        return Interval(point, float(low), float(high), count)

    def _limits(self, rows: Array) -> Iterator[Interval]:
        """Intervals of sorted samples of equal size, one per row."""
        count = rows.shape[1]
        first = rows[:, :1]  # anchored there, a constant sample keeps its value to the last bit
        mean = first + (rows - first).mean(1, keepdims=True)
        centred = rows - mean
        resampled = self._resampled(centred)
        for row, centre, column in zip(centred, mean[:, 0], resampled.T, strict=True):
            low, high = np.quantile(column, self._levels(row, count))
            yield Interval(float(centre), float(centre + low), float(centre + high), count)

    def _levels(self, centred: Array, count: int) -> tuple[float, float]:
        """Quantile levels of the lower and the upper limit."""
        unit = centred / (np.abs(centred).max() or 1.0)  # cubes of scores of any size stay finite
        acceleration = (unit**3).sum() / 6 / ((unit**2).sum() ** 1.5 or 1.0)
        shifted = acceleration + self._reach(count)
        low, high = ndtr(acceleration + shifted / (1 - acceleration * shifted))
        return float(low), float(high)

    def _reach(self, count: int) -> Array:
        """Student's quantiles of both tails, widened because a plain bootstrap is too narrow."""
        tail = (1 - self.confidence) / 2
        reach: Array = np.sqrt(count / (count - 1)) * stdtrit(count - 1, np.array([tail, 1 - tail]))
        return reach

    def _resampled(self, centred: Array) -> Array:
        """Means of the resamples, (resamples, rows)."""
        return np.concatenate([weights @ centred.T for weights in self._weights(centred.shape[1])])

    def _weights(self, count: int) -> Iterator[Array]:
        """Shares of the images in each resample, a block of rows at a time; mirrored ones follow."""
        generator = np.random.Generator(np.random.Philox(self.seed))
        chances = np.full(count, 1 / count)
        half, block = (self.resamples + 1) // 2, max(1, _BLOCK // count)
        for start in range(0, half, block):
            weights = generator.multinomial(count, chances, size=min(block, half - start)) / count
            yield weights
            yield weights[:, ::-1]


def _point(values: Array) -> Interval:
    """What is known before resampling: the only value there is, or nothing."""
    return Interval(float(values[0]) if len(values) == 1 else None, None, None, len(values))
