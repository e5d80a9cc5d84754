"""Symmetric relevance gain: removing the least relevant first should hurt late, the most relevant first, early."""

from torch import Tensor

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.removal import area, removal_curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import LinkChoice, Removal, Steps


@metric(
    family="faithfulness",
    better="higher",
    invariant_to=("scale", "order"),
    paper=Paper(
        "Blücher, Stefan and Vielhaben, Johanna and Strodthoff, Nils",
        "Decoupling Pixel Flipping and Occlusion Strategy for Consistent XAI Benchmarks",
        2024,
        "Transactions on Machine Learning Research",
        "arXiv:2401.06654",
    ),
)
async def srg(
    f: Score, phi: Tensor, *, steps: Steps = 32, fill: Removal = "black", link: LinkChoice = "probability"
) -> Reading:
    """Area under the removal curve, least relevant first, minus the area, most relevant first; 0 for a random map."""
    g = f.linked_by(link)
    orders = ("lerf", "morf")
    curves = await together(removal_curve(g, phi, order=order, steps=steps, fill=fill) for order in orders)
    (shares, lerf), (_, morf) = curves
    drawn = {o: Curve(y, shares, "share of pixels removed", link) for o, y in zip(orders, (lerf, morf), strict=True)}
    return Reading(area(shares, lerf) - area(shares, morf), drawn)
