"""Insertion: does the score rise fast when the most relevant pixels are put back first?"""

from torch import Tensor

from heatproof.metrics.deletion import ATTRIBENCH, PETSIUK
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.removal import Area, CurveRule, Normalise, Parts, StepsOfCurve, Stretch, insertion_curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Segmentation
from heatproof.vocabulary.settings import LinkChoice, Order, Removal, Share, Sign
from heatproof.vocabulary.units import Pool, Region, Unit

PRESETS = {
    "rise": {"steps": 224, "fill": "narrow_blur"},
    "sam": {"steps": 28, "fill": "zero", "normalise": "max"},
    "attribench2022": ATTRIBENCH,
    "attribench2024": ATTRIBENCH,
}


@metric(
    family="faithfulness",
    better="higher",
    turned_by={"order": "lerf", "area": "over"},
    invariant_to=("scale", "order"),
    paper=PETSIUK,
    presets=PRESETS,
    version=2,
)
async def insertion(
    f: Score,
    phi: Tensor,
    *,
    order: Order = "morf",
    steps: StepsOfCurve = 32,
    start: Share = 0.0,
    stop: Share = 1.0,
    unit: Unit = "pixel",
    segments: Segmentation = 100,
    region: Region = 8,
    pool: Pool = "mean",
    sign: Sign = "signed",
    fill: Removal = "blur",
    link: LinkChoice = "probability",
    rule: CurveRule = "trapezoid",
    normalise: Normalise = "none",
    area: Area = "under",
) -> Reading:
    """Mean height of f(fill with the most relevant share s of x put back), s from start to stop, by the trapezoid."""
    parts = Parts(fill, unit, segments, region, pool, sign)
    curve = await insertion_curve(f.linked_by(link), phi, parts, Stretch(steps, start, stop), order)
    return curve.normalised(normalise).reading("insertion", f"share of {unit}s put back", link, rule, area)
