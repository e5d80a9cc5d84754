"""Deletion: does the score fall fast when the most relevant pixels are removed first?"""

from torch import Tensor

from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.removal import Area, CurveRule, Normalise, Parts, StepsOfCurve, Stretch, deletion_curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Segmentation
from heatproof.vocabulary.settings import LinkChoice, Order, Removal, Share, Sign
from heatproof.vocabulary.units import Pool, Region, Unit

PETSIUK = Paper(
    "Petsiuk, Vitali and Das, Abir and Saenko, Kate",
    "RISE: Randomized Input Sampling for Explanation of Black-box Models",
    2018,
    "BMVC",
    "arXiv:1806.07421",
)
ATTRIBENCH = {"steps": 99, "stop": 0.15, "fill": "zero", "link": "logit", "rule": "mean"}
PRESETS = {
    "rise": {"steps": 224, "fill": "zero"},
    "sam": {"steps": 28, "fill": "zero", "normalise": "max"},
    "attribench2022": ATTRIBENCH,
    "attribench2024": ATTRIBENCH,
}


@metric(
    family="faithfulness",
    better="lower",
    turned_by={"order": "lerf", "area": "over"},
    invariant_to=("scale", "order"),
    paper=PETSIUK,
    presets=PRESETS,
    version=2,
)
async def deletion(
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
    fill: Removal = "black",
    link: LinkChoice = "probability",
    rule: CurveRule = "trapezoid",
    normalise: Normalise = "none",
    area: Area = "under",
) -> Reading:
    """Mean height of f(x without its most relevant share s), s from start to stop, by the trapezoid rule."""
    parts = Parts(fill, unit, segments, region, pool, sign)
    curve = await deletion_curve(f.linked_by(link), phi, parts, Stretch(steps, start, stop), order)
    return curve.normalised(normalise).reading("deletion", f"share of {unit}s removed", link, rule, area)
