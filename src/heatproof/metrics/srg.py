"""Symmetric relevance gain: removing the least relevant first should hurt late, the most relevant first, early."""

from torch import Tensor

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.removal import CurveRule, Normalise, Parts, StepsOfCurve, Stretch, deletion_curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Segmentation
from heatproof.vocabulary.settings import LinkChoice, Removal, Share, Sign
from heatproof.vocabulary.units import Pool, Region, Unit


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
    version=2,
)
async def srg(
    f: Score,
    phi: Tensor,
    *,
    steps: StepsOfCurve = 32,
    start: Share = 0.0,
    stop: Share = 1.0,
    unit: Unit = "pixel",
    segments: Segmentation = 100,
    region: Region = 8,
    pool: Pool = "mean",
    sign: Sign = "signed",
    fill: Removal = "black",
    link: LinkChoice = "probability",
    rule: CurveRule = "trapezoid",
    normalise: Normalise = "none",
) -> Reading:
    """Area under the removal curve, least relevant first, minus the area, most relevant first; 0 for a random map."""
    g, parts, stretch = f.linked_by(link), Parts(fill, unit, segments, region, pool, sign), Stretch(steps, start, stop)
    orders = ("lerf", "morf")
    curves = await together(deletion_curve(g, phi, parts, stretch, order) for order in orders)
    label = f"share of {unit}s removed"
    lerf, morf = (
        curve.normalised(normalise).reading(order, label, link, rule)
        for order, curve in zip(orders, curves, strict=True)
    )
    return Reading(float(lerf.value) - float(morf.value), {**lerf.curves, **morf.curves})
