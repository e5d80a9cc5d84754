"""Windows of an image replaced by noise one after another, the most relevant first: the perturbation curve (AUPC)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor

from heatproof.vocabulary.areas import AreaRule, area_of
from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Points, Rows
from heatproof.vocabulary.rng import draw, stream
from heatproof.vocabulary.score import Score

Noise = Literal["uniform", "gaussian"]
SIDE = 15 / 224
"""Side of a window as a share of the image's shorter side: 15 pixels of 224, as published."""
Corner = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Refilled(Points):
    """x with one more window full of noise: point j is its j-th filling, which depends on the image and the step."""

    image: Image
    pixels: Tensor
    """The image after the windows of `past`."""
    corner: Corner
    side: int
    n: int
    noise: Noise = "uniform"
    past: tuple[tuple[Corner, int], ...] = ()
    """Corner and chosen filling of each window before this one."""
    key: Hashable = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", ("refilled", self.noise, self.side, self.image.seed, self.past, self.corner))

    def __len__(self) -> int:
        return self.n

    def rows(self, start: int, stop: int) -> Rows:
        (top, left), k = self.corner, self.side
        z = self.pixels.repeat(stop - start, 1, 1, 1)
        z[:, :, top : top + k, left : left + k] = self._fillings(start, stop)
        return Rows(z)

    def after(self, j: int, corner: Corner) -> Refilled:
        """The next window, where filling j stays in this one."""
        return replace(self, pixels=self.rows(j, j + 1).z[0], corner=corner, past=(*self.past, (self.corner, j)))

    def _fillings(self, start: int, stop: int) -> Tensor:
        """(stop - start, C, k, k): uniform over [0, 1] and the image's own range, or normal like its channels."""
        x = self.image.x
        name = (self.image.seed, self.image.id, "fillings", self.noise, len(self.past))
        window = x.new_empty(len(x), self.side, self.side)
        if self.noise == "uniform":
            low, high = x.min().clamp(max=0), x.max().clamp(min=1)
            return low + (high - low) * draw(name, start, stop, window, "uniform")
        mean, spread = x.mean((1, 2), keepdim=True), x.std((1, 2), correction=0, keepdim=True)
        return mean + spread * draw(name, start, stop, window)


async def perturbation_curve(
    f: Score,
    heat: Tensor,
    *,
    side: int | None = None,
    regions: int = 30,
    candidates: int = 50,
    noise: Noise = "uniform",
) -> list[float]:
    """f(x), then for each window in turn the mean of f over its fillings, of which the one in the middle stays.

    Windows are taken by the mean of the heat (H, W) inside, without overlap.
    """
    k = _side(f.image, side)
    places = corners(heat, k, regions, f.image)
    if len(places) < regions:
        raise Undefined(f"{len(places)} windows of {k} x {k} pixels fit without overlap, {regions} are wanted")
    curve = [float(await f(f.x).one())]
    step = Refilled(f.image, f.image.x, places[0], k, candidates, noise)
    for corner in (*places[1:], places[-1]):
        scores = (await f(step)).double().cpu()
        curve.append(float(scores.mean()))
        step = step.after(middle(scores), corner)
    return curve


def aupc(curve: list[float], rule: AreaRule = "simpson") -> float:
    """Area under the curve, steps one apart, divided by its first height |f(x)|."""
    if curve[0] == 0:
        raise Undefined("the score of the image is 0, and nothing can be measured by it")
    return area_of(curve, rule) / abs(curve[0])


def corners(heat: Tensor, side: int, count: int, image: Image) -> list[Corner]:
    """Top left corners of at most `count` windows, none overlapping: each time the one of the largest mean left.

    Ties are broken in a random order of the image.
    """
    means = _window_sums(heat.detach().double().cpu(), side)
    values = means.flatten()
    shuffled = image.fact(("ties of windows", len(values)), lambda: _shuffle(len(values), image))
    order = shuffled[values[shuffled].argsort(descending=True, stable=True)]
    rows, columns = order // means.shape[1], order % means.shape[1]
    free, found = torch.ones(len(order), dtype=torch.bool), list[Corner]()
    while len(found) < count and free.any():
        best = int(free.byte().argmax())
        found.append((int(rows[best]), int(columns[best])))
        free &= ((rows - rows[best]).abs() >= side) | ((columns - columns[best]).abs() >= side)
    return found


def middle(scores: Tensor) -> int:
    """The place of the score nearest to the median: of an even number the first of the two in the middle."""
    ascending, n = scores.sort().values, len(scores)
    nearest = (scores == ascending[(n - 1) // 2]) | (scores == ascending[n // 2])
    return int(nearest.byte().argmax())


def _window_sums(heat: Tensor, side: int) -> Tensor:
    """Sums over all windows inside. Added in the same order everywhere, so that equal windows have equal sums."""
    for axis in (0, 1):
        fewer = heat.shape[axis] - side + 1
        total = heat.narrow(axis, 0, fewer).clone()
        for shift in range(1, side):
            total += heat.narrow(axis, shift, fewer)
        heat = total
    return heat


def _side(image: Image, side: int | None) -> int:
    shorter = min(image.x.shape[1:])
    if side is not None and side > shorter:
        raise problem("HP105", setting="window", value=side, valid=f"1 to {shorter}, the image's shorter side")
    return max(1, round(SIDE * shorter)) if side is None else side


def _shuffle(n: int, image: Image) -> Tensor:
    return torch.randperm(n, generator=stream(image.seed, image.id, "ties of windows"))
