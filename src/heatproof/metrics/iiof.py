"""IIOF, iterative insertion of features: does the score rise fast when the most relevant segments come back first?"""

from torch import Tensor

from heatproof.metrics.irof import RIEGER
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.removal import Area, CurveRule, Normalise, Parts, StepsOfCurve, Stretch, insertion_curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Segmentation
from heatproof.vocabulary.settings import LinkChoice, Order, Removal, Share, Sign

PRESETS = {
    "attribench2022": {"steps": 99, "fill": "zero", "link": "logit", "rule": "mean", "normalise": "none"},
}


@metric(
    family="faithfulness",
    better="higher",
    turned_by={"order": "lerf", "area": "over"},
    invariant_to=("scale",),
    paper=RIEGER,
    presets=PRESETS,
)
async def iiof(
    f: Score,
    phi: Tensor,
    *,
    order: Order = "morf",
    segments: Segmentation = 100,
    steps: StepsOfCurve = None,
    start: Share = 0.0,
    stop: Share = 1.0,
    sign: Sign = "signed",
    fill: Removal = "mean",
    link: LinkChoice = "probability",
    rule: CurveRule = "trapezoid",
    normalise: Normalise = "whole",
    area: Area = "under",
) -> Reading:
    """Mean height of f(fill with l segments of x put back) / f(x), l from 0 to all, by largest mean relevance first."""
    parts = Parts(fill, "segment", segments, sign=sign)
    curve = await insertion_curve(f.linked_by(link), phi, parts, Stretch(steps, start, stop), order)
    return curve.normalised(normalise).reading("iiof", "share of segments put back", link, rule, area)
