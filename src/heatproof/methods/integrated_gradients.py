"""Integrated gradients: the gradient averaged along the straight line from a baseline to the image."""

from typing import Annotated

import torch
from torch import Tensor

from heatproof.vocabulary.averages import mean_of
from heatproof.vocabulary.fills import Filled, fills_for
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Line
from heatproof.vocabulary.quadrature import quadrature
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Baseline, LinkChoice, Rule, Steps

CAPTUM = {"baseline": "zero", "steps": 50, "rule": "gauss-legendre", "multiply_by_inputs": True}
PAIR = {"baseline": "zero", "steps": 25, "rule": "endpoints"}


@method(
    family="path",
    complete=True,
    axioms=("linearity", "dummy", "symmetry", "implementation invariance"),
    paper=Paper(
        "Sundararajan, Mukund and Taly, Ankur and Yan, Qiqi",
        "Axiomatic Attribution for Deep Networks",
        2017,
        "ICML",
        "arXiv:1703.01365",
    ),
    presets={
        "captum": CAPTUM,
        "attribench2022": CAPTUM | {"steps": 25},
        "attribench2024": CAPTUM | {"steps": 25},
        "latec": CAPTUM | {"steps": 30},
        "pair": PAIR,
        "sanity_checks": PAIR | {"steps": 50},
        "smooth_taylor": {"baseline": "black", "steps": 50, "rule": "right"},
        "sam": {"baseline": "unit_uniform", "baselines": 10, "steps": 51, "rule": "trapezoid", "link": "probability"},
    },
)
async def integrated_gradients(
    f: Score,
    *,
    baseline: Baseline = 0.0,
    baselines: Annotated[int, About("draws of a baseline that is random, to average over", 1, 10_000)] = 1,
    steps: Steps = 50,
    rule: Rule = "gauss-legendre",
    link: LinkChoice = "logit",
    multiply_by_inputs: Annotated[bool, About("multiply the averaged gradient by x - b")] = True,
) -> Tensor:
    """(x - b) * integral over a in [0, 1] of grad f(b + a (x - b)) da."""
    f, (shares, weights) = f.linked_by(link), quadrature(rule, steps)
    w = torch.tensor(weights, dtype=torch.float64)

    async def along(b: Filled) -> Tensor:
        average = await f.grad(Line(f.image, b, shares)).weighted_sum(w)
        return (f.image.x - b.pixels) * average if multiply_by_inputs else average

    return await mean_of(along(b) for b in fills_for(f.image, baseline, baselines))
