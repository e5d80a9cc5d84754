"""The score as a game of the segments of an image: what it is worth when only some of them are there."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from heatproof.vocabulary.coalitions import Coalitions
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.masks import Everything
from heatproof.vocabulary.points import Masked, Points
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import SegmentFill, fill_of_segments

MOST = 4096
"""Segments that a regression is made of; it grows with their square."""


class Played(NamedTuple):
    """What was asked and what came of it, float64, on the CPU."""

    z: Tensor
    """(n, m): 1 where a segment is there."""
    y: Tensor
    """(n,): the scores."""


async def play(f: Score, recipe: Coalitions, baseline: SegmentFill, *, whole: bool, nothing: bool) -> Played:
    """The image itself (when `whole`), every coalition of the recipe, and the baseline alone (when `nothing`).

    Both ends are the points that other formulas ask about too.
    """
    image, m = f.image, recipe.segments.count
    if m > MOST:
        raise problem("HP105", setting="segments", value=f"{m:,} segments of one image", valid=f"at most {MOST:,}")
    fill = fill_of_segments(image, recipe.segments, baseline)
    shape = (image.x.shape[1], image.x.shape[2])
    asked: list[tuple[Points, Tensor]] = []
    if whole:
        asked.append((f.x, torch.ones(1, m, dtype=torch.bool)))
    if len(recipe):
        asked.append((Masked(image, recipe, fill), recipe.present(0, len(recipe))))
    if nothing:
        asked.append((Masked(image, Everything(shape), fill), torch.zeros(1, m, dtype=torch.bool)))
    scores = [await f(points) for points, _ in asked]
    return Played(torch.cat([z for _, z in asked]).double(), torch.cat(scores).double().cpu())
