"""Deletion: does the score fall fast when the most relevant pixels are removed first?"""

from torch import Tensor

from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.removal import area, removal_curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import LinkChoice, Order, Removal, Steps

PETSIUK = Paper(
    "Petsiuk, Vitali and Das, Abir and Saenko, Kate",
    "RISE: Randomized Input Sampling for Explanation of Black-box Models",
    2018,
    "BMVC",
    "arXiv:1806.07421",
)


@metric(family="faithfulness", better="lower", invariant_to=("scale", "order"), paper=PETSIUK)
async def deletion(
    f: Score,
    phi: Tensor,
    *,
    order: Order = "morf",
    steps: Steps = 32,
    fill: Removal = "black",
    link: LinkChoice = "probability",
) -> Reading:
    """Area under f(x without its most relevant share s), s from 0 to 1, by the trapezoid rule."""
    shares, scores = await removal_curve(f.linked_by(link), phi, order=order, steps=steps, fill=fill)
    return Reading(area(shares, scores), {"deletion": Curve(scores, shares, "share of pixels removed", link)})
