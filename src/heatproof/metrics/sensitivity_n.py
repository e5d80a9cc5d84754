"""Sensitivity-n: does the relevance of a set of pixels tell how far the score falls without the set?"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.masks import AllSubsets, Masks, RandomSubsets
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, LinkChoice, Removal, Share
from heatproof.vocabulary.similarity import pearson


@metric(
    family="faithfulness",
    better="higher",
    invariant_to=("scale",),
    bounds=(-1.0, 1.0),
    paper=Paper(
        "Ancona, Marco and Ceolini, Enea and Öztireli, Cengiz and Gross, Markus",
        "Towards better understanding of gradient-based attribution methods for Deep Neural Networks",
        2018,
        "ICLR",
        "arXiv:1711.06104",
    ),
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
    fill: Removal = "black",
    link: LinkChoice = "logit",
) -> Reading:
    """Pearson correlation over sets S, |S| = n, of sum_S phi and f(x) - f(x without S); mean over sizes n."""
    pixels = phi.shape[1] * phi.shape[2]
    counts = (
        [n] if n else [max(1, int(s * pixels)) for s in torch.linspace(low, high, sizes, dtype=torch.float64).tolist()]
    )
    counts = sorted(set(counts))
    if counts[-1] >= pixels:
        raise Undefined(f"sets of {counts[-1]} pixels need an image with more than {pixels}")
    g = f.linked_by(link)
    recipes = [_subsets(f, phi, c, subsets) for c in counts]
    found = await together(_correlation(g, phi, masks, fill) for masks in recipes)
    defined = [r for r in found if r is not None]
    if not defined:
        raise Undefined("either the map or the score does not vary over the sets")
    curve = Curve(found, [c / pixels for c in counts], "share of pixels in a set", "correlation")
    return Reading(sum(defined) / len(defined), {"sensitivity_n": curve})


def _subsets(f: Score, phi: Tensor, size: int, subsets: int | str) -> Masks:
    if subsets == "all":
        return AllSubsets((phi.shape[1], phi.shape[2]), size)
    return RandomSubsets(f.image, size, int(subsets))


async def _correlation(f: Score, phi: Tensor, masks: Masks, fill: Removal) -> float | None:
    relevance, scores = [], []
    heat = phi.sum(0, dtype=torch.float64).flatten()
    fx = await f(f.x).one()
    async for part in f(Masked(f.image, masks, fill)):
        relevance.append(part.weights @ heat)
        scores.append(part.value)
    drops = fx.double() - torch.cat(scores).double()
    try:
        return pearson(torch.cat(relevance).cpu().numpy(), drops.cpu().numpy())
    except Undefined:
        return None
