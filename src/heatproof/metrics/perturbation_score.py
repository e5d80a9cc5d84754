"""Perturbation score: how fast the score falls when the most relevant windows become noise."""

from typing import Annotated

import torch
from torch import Tensor

from heatproof.metrics.total_variation import GOH
from heatproof.vocabulary.areas import Area
from heatproof.vocabulary.perturbation import Noise, aupc, perturbation_curve
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, LinkChoice, Samples, Sign


@metric(
    family="faithfulness",
    better="lower",
    invariant_to=("scale",),
    paper=GOH,
    presets={
        "smooth_taylor": {
            "window": 15,
            "regions": 30,
            "candidates": 50,
            "noise": "uniform",
            "sign": "absolute",
            "link": "logit",
            "rule": "simpson",
        }
    },
)
async def perturbation_score(
    f: Score,
    phi: Tensor,
    *,
    window: Annotated[
        int | None, About("side of a window, pixels; left out, 15 / 224 of the image's shorter side", 1)
    ] = None,
    regions: Annotated[int, About("windows that become noise", 1, 100_000)] = 30,
    candidates: Samples = 50,
    noise: Annotated[
        Noise, About("uniform: over [0, 1] and the image's range; gaussian: mean and spread of the image's channels")
    ] = "uniform",
    sign: Sign = "signed",
    link: LinkChoice = "logit",
    rule: Area = "simpson",
) -> Reading:
    """Area under s_0 .. s_L over |s_0|: s_0 = f(x), s_i the mean of f over random fillings of the i-th window (AUPC).

    Of the fillings of a window, the one whose score is nearest to their median stays. A constant score gives L.
    """
    g = f.linked_by(link)
    heat = phi.sum(0, dtype=torch.float64)
    heat = heat.abs() if sign == "absolute" else heat
    scores = await perturbation_curve(g, heat, side=window, regions=regions, candidates=candidates, noise=noise)
    curve = Curve(scores, range(len(scores)), "windows of noise", link)
    return Reading(aupc(scores, rule), {"perturbation": curve})
