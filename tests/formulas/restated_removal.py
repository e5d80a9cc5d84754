"""Removal restated with loops over places: which are taken away, in which order, and what stands there instead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from restated import fill, noise, score
from torch import Tensor, nn

from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import stream

Place = tuple[int, int, int]


def partition(x: Tensor, unit: str, side: int = 2, labels: Tensor | None = None) -> list[list[Place]]:
    """The units of an image, each a list of places (channel, row, column)."""
    found: dict[object, list[Place]] = {}
    for c in range(x.shape[0]):
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                name: object = {"pixel": (i, j), "value": (c, i, j), "region": (i // side, j // side)}.get(unit)
                found.setdefault(int(labels[i, j]) if labels is not None else name, []).append((c, i, j))
    return [found[name] for name in sorted(found)]  # type: ignore[type-var]


def strength(phi: Tensor, places: list[Place], unit: str, pool: str, sign: str) -> float:
    """How relevant a unit is: channels of a pixel add up, pixels of a segment are pooled."""
    if unit == "value":
        ((c, i, j),) = places
        return abs(float(phi[c, i, j])) if sign == "absolute" else float(phi[c, i, j])
    pixels = {(i, j) for _, i, j in places}
    heats = [sum(float(phi[c, i, j]) for c in range(phi.shape[0])) for i, j in pixels]
    heats = [abs(h) for h in heats] if sign == "absolute" else heats
    return sum(heats) / (len(heats) if pool == "mean" else 1)


def sequence(
    x: Tensor, phi: Tensor, units: list[list[Place]], unit: str = "pixel", pool: str = "mean", sign: str = "signed"
) -> list[list[Place]]:
    """Units from the most to the least relevant; equal ones in the image's random order."""
    shuffled = torch.randperm(len(units), generator=stream(0, Image.of(x).id, "ties")).tolist()
    return sorted((units[k] for k in shuffled), key=lambda u: -strength(phi, u, unit, pool, sign))


def taken(x: Tensor, gone: Sequence[list[Place]], name: str | float) -> Tensor:
    """x without these units."""
    mask = torch.zeros(x.shape, dtype=torch.bool)
    for places in gone:
        for place in places:
            mask[place] = True
    other = linear_imputation(x, mask) if name == "neighbours" else fill(x, name)
    z = x.clone()
    for place in torch.nonzero(mask).tolist():
        z[tuple(place)] = other[tuple(place)]
    return z


def linear_imputation(x: Tensor, mask: Tensor, spread: float = 0.01) -> Tensor:
    """ROAD: the dense linear system, channel by channel, and a little noise."""
    z = x.clone()
    for c in range(x.shape[0]):
        places = [tuple(p) for p in torch.nonzero(mask[c]).tolist()]
        if len(places) == mask[c].numel():
            z[c] = x[c].mean()
            continue
        a, b = np.eye(len(places)), np.zeros(len(places))
        for row, (i, j) in enumerate(places):
            around = {(i + p, j + q): 1 / 6 if p * q == 0 else 1 / 12 for p in (-1, 0, 1) for q in (-1, 0, 1) if p or q}
            around = {n: w for n, w in around.items() if 0 <= n[0] < x.shape[1] and 0 <= n[1] < x.shape[2]}
            for (p, q), weight in around.items():
                share = weight / sum(around.values())
                if (p, q) in places:
                    a[row, places.index((p, q))] -= share
                else:
                    b[row] += share * float(x[c, p, q])
        for (i, j), value in zip(places, np.linalg.solve(a, b) if places else [], strict=True):
            z[c, i, j] = value
    return z + spread * noise(x, 1, "imputation")[0]


def stops(n: int, steps: int | None, start: float, stop: float, *, insertion: bool) -> list[int]:
    """How many units are gone at each point of a curve."""
    steps = steps or n
    points = [start + j * (stop - start) / steps for j in range(steps + 1)]
    return [int((1 - s if insertion else s) * n + 1e-9) for s in points]


def curve(
    model: nn.Module,
    x: Tensor,
    target: int,
    order: list[list[Place]],
    gone: Sequence[int],
    name: str | float,
    link: str,
) -> list[float]:
    """Scores without the first units of an order."""
    return [score(model, taken(x, order[:k], name), target, link) for k in gone]


def area(xs: Sequence[float], ys: Sequence[float], rule: str = "trapezoid", side: str = "under") -> float:
    """Mean height by the trapezoid rule, or the plain mean; over: the first height minus that."""
    width = xs[-1] - xs[0]
    pieces = [(b - a) * (p + q) / 2 for a, b, p, q in zip(xs, xs[1:], ys, ys[1:], strict=False)]
    under = sum(ys) / len(ys) if rule == "mean" or not width else sum(pieces) / width
    return under if side == "under" else ys[0] - under
