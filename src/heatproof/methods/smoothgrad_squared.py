"""SmoothGrad squared: squared gradients averaged over noisy copies; unsigned."""

from torch import Tensor

from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Relative, Samples, Sigma

HOOKER = Paper(
    "Hooker, Sara and Erhan, Dumitru and Kindermans, Pieter-Jan and Kim, Been",
    "A Benchmark for Interpretability Methods in Deep Neural Networks",
    2019,
    "NeurIPS",
    "arXiv:1806.10758",
)


@method(family="gradient", paper=HOOKER)
async def smoothgrad_squared(f: Score, *, sigma: Sigma = 0.15, n: Samples = 50, relative: Relative = True) -> Tensor:
    """E[(grad f(x + sigma e))^2], e ~ N(0, 1)."""
    return await f.grad(around(f.image, sigma, n, relative)).mean(lambda g, z: g.square())
