"""Sensitivity-n: does the relevance of a set of pixels tell how far the score falls without the set?"""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.masks import Masks
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.random_masks import AllSubsets, Member, RandomSubsets, grid_of
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Draw, LinkChoice, Removal, Share
from heatproof.vocabulary.similarity import pairwise_pearson

ANCONA = Paper(
    "Ancona, Marco and Ceolini, Enea and Öztireli, Cengiz and Gross, Markus",
    "Towards better understanding of gradient-based attribution methods for Deep Neural Networks",
    2018,
    "ICLR",
    "arXiv:1711.06104",
)


@metric(
    family="faithfulness",
    better="higher",
    invariant_to=("scale",),
    bounds=(-1.0, 1.0),
    paper=ANCONA,
    presets={"attribench2022": {"fill": "zero"}, "attribench2024": {"fill": "zero"}},
)
async def sensitivity_n(
    f: Score,
    phi: Tensor,
    *,
    n: Annotated[int | None, About("pixels in a set; left out, several sizes from `low` to `high`", 1)] = None,
    low: Share = 0.1,
    high: Share = 0.5,
    sizes: Annotated[int, About("number of sizes", 1, 1000)] = 10,
    subsets: Annotated[int | Literal["all"], About("random sets of each size, or all there are", 2, 1_000_000)] = 100,
    unit: Annotated[Member, About("what a set is made of: pixels with all their channels, or single values")] = "pixel",
    fill: Removal = "black",
    link: LinkChoice = "logit",
    draw: Draw = 0,
) -> Reading:
    """Pearson correlation over sets S, |S| = n, of sum_S phi and f(x) - f(x without S); mean over sizes n."""
    grid = grid_of(f.image, unit)
    places = grid[0] * grid[1] * grid[2]
    counts = [n] if n else sizes_between(low, high, sizes, places)
    if counts[-1] >= places:
        raise Undefined(f"sets of {counts[-1]} {unit}s need an image with more than {places}")
    drawn = f.image.redrawn(draw)
    recipes: list[Masks] = [
        AllSubsets(grid, c) if subsets == "all" else RandomSubsets(drawn, c, int(subsets), member=unit) for c in counts
    ]
    g, heat = f.linked_by(link), (phi.double() if unit == "value" else phi.sum(0, dtype=torch.float64)).flatten()
    fx = (await g(f.x).one()).double()
    sums = await together(_sums(g, heat, Masked(f.image, masks, fill)) for masks in recipes)
    found = correlations([(relevance, fx - scores) for relevance, scores in sums])
    return over_sizes("sensitivity_n", found, [c / places for c in counts], f"share of {unit}s in a set")


def sizes_between(low: float, high: float, sizes: int, places: int) -> list[int]:
    """Different sizes of sets, from the share `low` of all places to the share `high`, cut down to whole numbers."""
    shares = torch.linspace(low, high, sizes, dtype=torch.float64).tolist()
    return sorted({max(1, int(s * places)) for s in shares})


def correlations(sums: Sequence[tuple[Tensor, Tensor]]) -> list[float | None]:
    """Pearson correlation of (relevance, drops) over the sets of each size; None where one of the two does not vary."""
    if len({len(drops) for _, drops in sums}) > 1:
        return [r for pair in sums for r in correlations([pair])]
    relevance, drops = (torch.stack(rows).cpu().numpy() for rows in zip(*sums, strict=True))
    return [float(r) if math.isfinite(r) else None for r in pairwise_pearson(relevance, drops)]


def over_sizes(name: str, found: Sequence[float | None], shares: Sequence[float], label: str) -> Reading:
    """The mean over the sizes at which there is a correlation, and their curve."""
    defined = [r for r in found if r is not None]
    if not defined:
        raise Undefined("either the map or the score does not vary over the sets")
    return Reading(sum(defined) / len(defined), {name: Curve(found, shares, label, "correlation")})


async def _sums(f: Score, heat: Tensor, without: Masked) -> tuple[Tensor, Tensor]:
    """sum_S phi and f(x without S) of every set S, float64."""
    relevance, scores = [], []
    async for part in f(without):
        relevance.append(part.weights @ heat)
        scores.append(part.value)
    return torch.cat(relevance), torch.cat(scores).double()
