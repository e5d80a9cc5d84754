"""Integrated gradients: the gradient averaged along the straight line from a baseline to the image."""

from typing import Annotated

import torch
from torch import Tensor

from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Line
from heatproof.vocabulary.quadrature import quadrature
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Baseline, Rule, Steps


@method(
    family="path",
    complete=True,
    paper=Paper(
        "Sundararajan, Mukund and Taly, Ankur and Yan, Qiqi",
        "Axiomatic Attribution for Deep Networks",
        2017,
        "ICML",
        "arXiv:1703.01365",
    ),
)
async def integrated_gradients(
    f: Score,
    *,
    baseline: Baseline = 0.0,
    steps: Steps = 50,
    rule: Rule = "gauss-legendre",
    multiply_by_inputs: Annotated[bool, About("multiply the averaged gradient by x - b")] = True,
) -> Tensor:
    """(x - b) * integral over a in [0, 1] of grad f(b + a (x - b)) da."""
    b = fill_for(f.image, baseline)
    shares, weights = quadrature(rule, steps)
    average = await f.grad(Line(f.image, b, shares)).weighted_sum(torch.tensor(weights, dtype=torch.float64))
    return (f.image.x - b.pixels) * average if multiply_by_inputs else average
