"""Maps under several settings, or on several models: how alike they are, image by image and over all images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.effects import Effects, effects
from heatproof.stats.enough import too_few
from heatproof.stats.intervals import Bootstrap
from heatproof.stats.one_sided import Test, two_sided
from heatproof.stats.paired import differences

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Stability:
    """Similarities of pairs of maps, summed up."""

    per_image: Array
    """Mean over the pairs of each image; NaN where one of them is undefined."""
    mean: float | None
    """Mean of the image means."""
    low: float | None
    high: float | None
    """Limits of the bootstrap interval of that mean."""
    deviation: float | None
    """Root of the mean over images of the variance over the pairs: how much the setting matters on one image."""
    images: int
    dropped: int
    """Images that are left out because one of their pairs is undefined."""
    why: str = ""
    """Why there is no interval."""


def stability(alike: Array, bootstrap: Bootstrap | None = None) -> Stability:
    """Of similarities images x pairs: all pairs of settings, or the usual setting against each other one."""
    values = np.asarray(alike, np.float64)
    whole = np.isfinite(values).all(1) if values.shape[1] else np.zeros(len(values), dtype=bool)
    kept = values[whole]
    per_image = np.full(len(values), np.nan)
    if not len(kept):
        return Stability(per_image, None, None, None, None, 0, len(values), too_few(0, 1))
    per_image[whole] = kept.mean(1)
    mean, low, high, _ = (bootstrap or Bootstrap()).interval(per_image)
    deviation, why = float(np.sqrt(kept.var(1).mean())), too_few(len(kept), what="no interval")
    limits = (None, None) if why else (low, high)
    return Stability(per_image, mean, *limits, deviation, len(kept), len(values) - len(kept), why)


def every_two(count: int) -> list[tuple[int, int]]:
    """All pairs of `count` settings, in order."""
    return [(i, j) for i in range(count) for j in range(i + 1, count)]


@dataclass(frozen=True)
class Shift:
    """What changes from one model to another, on the same images."""

    mean: float | None
    low: float | None
    high: float | None
    """Mean of a - b, and the limits of its interval."""
    p: float
    """Two-sided; NaN where that was not tested."""
    effects: Effects
    images: int
    why: str = ""
    """Why it was not tested."""


def shift(a: Array, b: Array, test: Test = "wilcoxon", bootstrap: Bootstrap | None = None) -> Shift:
    """One number per image under model a and under model b (robust and standard, say), paired by image."""
    one, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    apart = differences(one, other)
    why = too_few(len(apart))
    mean, low, high, count = (bootstrap or Bootstrap()).interval(apart)
    if why:
        return Shift(mean, None, None, float("nan"), effects(one, other), count, why)
    return Shift(mean, low, high, two_sided(apart, test), effects(one, other), count)


@dataclass(frozen=True)
class Stage:
    """Similarity to the original map at one stage of a test, over the images."""

    name: str
    mean: float | None
    deviation: float | None
    """Over the images, of the population (n)."""
    low: float | None
    high: float | None
    images: int


def stages(names: tuple[str, ...], values: Array, bootstrap: Bootstrap | None = None) -> tuple[Stage, ...]:
    """Images x stages, NaN where undefined: mean, deviation and interval of each stage."""
    columns = [column[np.isfinite(column)] for column in np.asarray(values, np.float64).T]
    intervals = (bootstrap or Bootstrap()).intervals(columns)
    return tuple(
        Stage(name, mean, float(column.std()) if count else None, low, high, count)
        for name, column, (mean, low, high, count) in zip(names, columns, intervals, strict=True)
    )
