"""Curves of the score while parts of the image are removed in the order of a map: deletion, insertion and their kin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.ask import Ask, Asked, Series, together
from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.fills import Replacement
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.masks import Everything, Ranked
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.query import Query
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Cut
from heatproof.vocabulary.settings import About
from heatproof.vocabulary.units import PoolName, UnitName, ranked, relevance, units_of

StepsOfCurve = Annotated[
    int | None, About("steps from the start of the curve to its end; left out, one unit at a time", 1, 1_000_000)
]
CurveRule = Annotated[
    Literal["trapezoid", "mean"],
    About("trapezoid: mean height of the curve over the share; mean: the plain mean of its points"),
]
Normalise = Annotated[
    Literal["none", "whole", "max"],
    About("what the curve is divided by: nothing, the score of the whole image, or the curve's largest value"),
]
Area = Annotated[Literal["under", "over"], About("under the curve, or over it: its first height minus the area under")]
FORGIVEN = 1e-9
"""Shares times units are cut down to whole units; this much is forgiven to the rounding of floating point."""


@dataclass(frozen=True)
class Parts:
    """What is removed at a time, how it is ranked, and what takes its place."""

    fill: Replacement
    unit: UnitName = "pixel"
    segments: Cut = 100
    region: int = 8
    pool: PoolName = "mean"
    sign: Literal["signed", "absolute"] = "signed"

    def ranked(self, image: Image, phi: Tensor, *, least_first: bool) -> Ranked:
        """The units of an image in the order of a map."""
        units = units_of(image, self.unit, self.segments, self.region)
        return ranked(image, units, relevance(units, phi, self.pool, self.sign), least_first=least_first)


@dataclass(frozen=True)
class Stretch:
    """The shares s_0 .. s_m at which a curve is looked at."""

    steps: int | None = None
    start: float = 0.0
    stop: float = 1.0

    def counts(self, units: int, *, insertion: bool = False) -> list[int]:
        """How many of the units are gone at each share: floor(s n), and floor((1 - s) n) where s is put back."""
        if not self.start < self.stop:
            raise problem("HP105", setting="start", value=self.start, valid=f"shares below stop ({self.stop:g})")
        steps = self.steps or max(1, math.ceil((self.stop - self.start) * units))
        shares = [self.start + (self.stop - self.start) * j / steps for j in range(steps + 1)]
        return [math.floor((1 - s if insertion else s) * units + FORGIVEN) for s in shares]


@dataclass(frozen=True)
class Removed:
    """A removal curve: shares that are gone (or back), scores there (float64), and the score of the whole image."""

    shares: list[float]
    scores: Tensor
    whole: float

    def normalised(self, by: str) -> Removed:
        """The curve divided by the score of the whole image, or by its own largest value, whatever their sign."""
        if by == "none":
            return self
        size = self.whole if by == "whole" else float(self.scores.max())
        if size == 0:
            what = "the score of the whole image" if by == "whole" else "the largest score of the curve"
            raise Undefined(f"{what} is 0, and nothing can be measured by it")
        return Removed(self.shares, self.scores / size, self.whole / size)

    def area(self, rule: str, side: str) -> float:
        """Mean height of the curve over its shares, or the mean of its points; or what its first height has more."""
        width = self.shares[-1] - self.shares[0]
        if rule == "mean" or not width:
            under = float(self.scores.mean())
        else:
            x = torch.tensor(self.shares, dtype=self.scores.dtype, device=self.scores.device)
            under = float(torch.trapezoid(self.scores, x)) / width
        return under if side == "under" else float(self.scores[0]) - under

    def reading(self, name: str, shares: str, scores: str, rule: str, side: str = "under") -> Reading:
        """The area, and the curve it was computed from; `shares` and `scores` say what is on its axes."""
        return Reading(self.area(rule, side), {name: Curve(self.scores, self.shares, shares, scores)})


async def deletion_curve(f: Score, phi: Tensor, parts: Parts, stretch: Stretch, order: str) -> Removed:
    """f(x without its most (morf) or least (lerf) relevant share s)."""
    sets = parts.ranked(f.image, phi, least_first=order == "lerf")
    counts = stretch.counts(sets.units)
    scores = await without(f, sets, [0, *counts], parts.fill)
    return Removed([k / sets.units for k in counts], scores[1:], float(scores[0]))


async def insertion_curve(f: Score, phi: Tensor, parts: Parts, stretch: Stretch, order: str) -> Removed:
    """f(fill with the most (morf) or least (lerf) relevant share s of x put back)."""
    # Putting the most relevant back first is removing the least relevant first, read backwards.
    sets = parts.ranked(f.image, phi, least_first=order == "morf")
    counts = stretch.counts(sets.units, insertion=True)
    scores = await without(f, sets, [0, *counts], parts.fill)
    return Removed([1 - k / sets.units for k in counts], scores[1:], float(scores[0]))


async def without(f: Score, sets: Ranked, counts: Sequence[int], fill: Replacement) -> Tensor:
    """f without the first k units, for each k of `counts`: (len(counts),) float64.

    Both ends, the image itself and the fill alone, are the same for every map; they and everything else that was
    asked before are not evaluated again.
    """
    wanted = sorted(set(counts))
    inner = [k for k in wanted if 0 < k < sets.units]
    index = [sets.index(k) for k in inner]
    questions = [_stretch(f(f.x), 0, 1)] if 0 in wanted else []
    between = f(Masked(f.image, sets, fill))
    questions += [_stretch(between, a, b) for a, b in _runs(index)]
    if sets.units in wanted:
        shape = (f.image.x.shape[1], f.image.x.shape[2])
        questions.append(_stretch(f(Masked(f.image, Everything(shape), fill)), 0, 1))
    found = dict(zip(wanted, torch.cat(await together(questions)).double(), strict=True))
    return torch.stack([found[k] for k in counts])


async def _stretch(series: Series, start: int, stop: int) -> Tensor:
    """Some of the answers of a series."""
    q = series.query
    part = Query(q.points, q.quantity, q.edits, start, stop, q.origin)
    return await Ask[Tensor](Asked(part), lambda answer: series.finish(answer[0]))


def _runs(index: Sequence[int]) -> list[tuple[int, int]]:
    """Indices as half-open ranges, in their order."""
    runs: list[tuple[int, int]] = []
    for i in index:
        if runs and runs[-1][1] == i:
            runs[-1] = (runs[-1][0], i + 1)
        else:
            runs.append((i, i + 1))
    return runs
