"""What is removed at a time: a pixel, a single value, a segment or a square region; and how a map ranks them."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.image import Image, fingerprint
from heatproof.vocabulary.masks import Ranked
from heatproof.vocabulary.rng import stream
from heatproof.vocabulary.segments import Cut, Segments, segmented
from heatproof.vocabulary.settings import About

UnitName = Literal["pixel", "value", "segment", "region"]
Unit = Annotated[
    UnitName,
    About("what is removed at a time: a pixel with all its channels, a single value, a segment, or a square region"),
]
Region = Annotated[int, About("side of a region, pixels; the last ones may be smaller", 1, 100_000)]
PoolName = Literal["mean", "sum"]
Pool = Annotated[PoolName, About("relevance of a segment or region: the mean over its pixels, or their sum")]


def units_of(image: Image, unit: UnitName, segments: Cut, region: int) -> Segments:
    """The partition of an image into what is removed at a time."""
    if unit == "segment":
        return segmented(image, segments)
    key = (unit, region) if unit == "region" else (unit,)
    return image.fact(("units", key), lambda: Segments(key, _labels(image, unit, region)))


def relevance(units: Segments, phi: Tensor, pool: PoolName = "mean", sign: str = "signed") -> Tensor:
    """How relevant a map (C, H, W) says each unit is: (count,) float64. Channels add up; `sign` is about each place."""
    heat = phi.double() if len(units.labels) > 1 else phi.sum(0, keepdim=True, dtype=torch.float64)
    if not torch.isfinite(heat).all():
        raise Undefined("the map holds values that are not finite")
    total = units.sums(heat.abs() if sign == "absolute" else heat)
    if units.count == units.labels.numel():
        return total
    return _settled(total / units.sizes if pool == "mean" else total)


def ranked(image: Image, units: Segments, values: Tensor, *, least_first: bool) -> Ranked:
    """Sets of the most relevant units, or of the least relevant: found once for every order of an image."""

    named = fingerprint(values)

    def of_order() -> Ranked:
        order = image.fact(("order", named), lambda: descending(image, values))
        order = order.flip(0) if least_first else order
        return image.fact(("ranked", units.key, fingerprint(order)), lambda: Ranked(order, units.labels))

    return image.fact(("ranked", units.key, named, least_first), of_order)


def descending(image: Image, values: Tensor) -> Tensor:
    """Indices from the largest to the smallest value (n,), ties in a random order of the image.

    A map that is constant somewhere says nothing about the order there; the raster order would pretend it does.
    """
    n = len(values)
    shuffled = image.fact(("ties", n), lambda: torch.randperm(n, generator=stream(image.seed, image.id, "ties")))
    shuffled = shuffled.to(values.device)
    order: Tensor = shuffled[values[shuffled].argsort(descending=True, stable=True)]
    return order


def _settled(values: Tensor) -> Tensor:
    """Values to 41 bits: means of a constant over segments of several sizes round differently, and are ties."""
    bits = values.view(torch.int64)
    return ((bits + (1 << 11)) >> 12 << 12).view(torch.float64)


def _labels(image: Image, unit: UnitName, region: int) -> Tensor:
    channels, height, width = image.x.shape
    if unit == "region":
        rows, columns = torch.arange(height) // region, torch.arange(width) // region
        labels = rows[:, None] * (-(-width // region)) + columns
        return labels[None].to(image.x.device)
    planes = channels if unit == "value" else 1
    return torch.arange(planes * height * width, device=image.x.device).view(planes, height, width)
