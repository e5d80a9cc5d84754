"""IROF, iterative removal of features: does the score fall fast when the most relevant segments are removed first?"""

from torch import Tensor

from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.removal import Area, CurveRule, Normalise, Parts, StepsOfCurve, Stretch, deletion_curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Segmentation
from heatproof.vocabulary.settings import LinkChoice, Order, Removal, Share, Sign

RIEGER = Paper(
    "Rieger, Laura and Hansen, Lars Kai",
    "IROF: a low resource evaluation metric for explanation methods",
    2020,
    "ICLR Workshop on AI for Affordable Healthcare",
    "arXiv:2003.08747",
)
ATTRIBENCH = {"steps": 99, "fill": "zero", "link": "logit", "rule": "mean", "normalise": "none", "area": "under"}
PRESETS = {"attribench2022": ATTRIBENCH, "attribench2024": ATTRIBENCH}


@metric(
    family="faithfulness",
    better="higher",
    turned_by={"order": "lerf", "area": "under"},
    invariant_to=("scale",),
    paper=RIEGER,
    presets=PRESETS,
)
async def irof(
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
    area: Area = "over",
) -> Reading:
    """1 - mean height of f(x without l segments) / f(x), l from 0 to all, by largest mean relevance first."""
    parts = Parts(fill, "segment", segments, sign=sign)
    curve = await deletion_curve(f.linked_by(link), phi, parts, Stretch(steps, start, stop), order)
    return curve.normalised(normalise).reading("irof", "share of segments removed", link, rule, area)
