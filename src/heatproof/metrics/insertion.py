"""Insertion: does the score rise fast when the most relevant pixels are put back first?"""

from torch import Tensor

from heatproof.metrics.deletion import PETSIUK
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.removal import area, removal_curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import LinkChoice, Order, Removal, Steps


@metric(family="faithfulness", better="higher", invariant_to=("scale", "order"), paper=PETSIUK)
async def insertion(
    f: Score,
    phi: Tensor,
    *,
    order: Order = "morf",
    steps: Steps = 32,
    fill: Removal = "blur",
    link: LinkChoice = "probability",
) -> Reading:
    """Area under f(fill with the most relevant share s of x put back), s from 0 to 1, by the trapezoid rule."""
    # Putting back the most relevant first is removing the least relevant first, read backwards.
    opposite = "lerf" if order == "morf" else "morf"
    removed, scores = await removal_curve(f.linked_by(link), phi, order=opposite, steps=steps, fill=fill)
    shares, scores = [1 - s for s in reversed(removed)], scores.flip(0)
    return Reading(area(shares, scores), {"insertion": Curve(scores, shares, "share of pixels put back", link)})
