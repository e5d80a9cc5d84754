"""Curves of the score while pixels are removed in the order of a map: deletion, insertion and what is made of them."""

from __future__ import annotations

import torch
from torch import Tensor

from heatproof.vocabulary.fills import Fill
from heatproof.vocabulary.masks import Everything, Ranked, descending
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.score import Score


async def removal_curve(f: Score, phi: Tensor, *, order: str, steps: int, fill: Fill) -> tuple[list[float], Tensor]:
    """(removed shares 0..1, scores): the most (morf) or least (lerf) relevant pixels of phi give way to the fill.

    Pixels are ranked by the sum of phi over channels and are removed with all their channels. Both ends, the image
    itself and the fill alone, are the same for every map and are asked once.
    """
    ranking = descending(phi, f.image)
    ranking = ranking if order == "morf" else ranking.flip(0)
    pixels = len(ranking)
    steps = min(steps, pixels)
    removed = [round(k * pixels / steps) for k in range(steps + 1)]
    counts = torch.tensor(removed[1:-1], dtype=torch.long)
    shape = (phi.shape[1], phi.shape[2])
    whole = await f(f.x)
    nothing = await f(Masked(f.image, Everything(shape), fill))
    between = await f(Masked(f.image, Ranked(ranking, counts, shape), fill)) if steps > 1 else whole[:0]
    return [k / pixels for k in removed], torch.cat([whole, between, nothing]).double()


def area(shares: list[float], scores: Tensor) -> float:
    """Area under a curve over the removed share, by the trapezoid rule: the mean height, between its extremes."""
    return float(torch.trapezoid(scores, torch.tensor(shares, dtype=scores.dtype, device=scores.device)))
