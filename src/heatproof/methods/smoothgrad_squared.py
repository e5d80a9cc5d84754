"""SmoothGrad squared: squared gradients averaged over noisy copies; unsigned."""

import torch
from torch import Tensor

from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Samples, Scale, Sigma, Unit
from heatproof.vocabulary.slopes import slopes

HOOKER = Paper(
    "Hooker, Sara and Erhan, Dumitru and Kindermans, Pieter-Jan and Kim, Been",
    "A Benchmark for Interpretability Methods in Deep Neural Networks",
    2019,
    "NeurIPS",
    "arXiv:1806.10758",
)


@method(
    family="gradient",
    paper=HOOKER,
    axioms=("dummy", "implementation invariance"),
    presets={
        "captum": {"sigma": 1.0, "n": 5, "scale": "normalised", "unit": "normalised"},
        "pair": {"sigma": 0.15, "n": 25, "scale": "normalised_range", "unit": "normalised"},
    },
)
async def smoothgrad_squared(
    f: Score, *, sigma: Sigma = 0.15, n: Samples = 50, scale: Scale = "range", unit: Unit = "pixel"
) -> Tensor:
    """E[(grad f(x + sigma e))^2], e ~ N(0, 1)."""
    return await f.grad(around(f.image, sigma, n, scale)).each(slopes(f.image, unit)).each(torch.square).mean()
