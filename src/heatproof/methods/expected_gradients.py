"""Expected gradients (GradientSHAP): integrated gradients averaged over other images of the data as baselines."""

import torch
from torch import Tensor

from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.references import Between
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Samples, Scale, Sigma

CAPTUM = {"n": 5, "sigma": 0.0, "scale": "normalised"}


@method(
    family="path",
    axioms=("linearity", "dummy", "implementation invariance"),
    paper=Paper(
        "Erion, Gabriel and Janizek, Joseph D. and Sturmfels, Pascal and Lundberg, Scott M. and Lee, Su-In",
        "Improving Performance of Deep Learning Models with Axiomatic Attribution Priors and Expected Gradients",
        2021,
        "Nature Machine Intelligence",
        "arXiv:1906.10670",
    ),
    presets={
        "captum": CAPTUM,
        "attribench2022": CAPTUM | {"n": 100},
        "attribench2024": CAPTUM | {"n": 100},
        "latec": CAPTUM | {"n": 40, "sigma": 0.001},
    },
)
async def expected_gradients(
    f: Score, reference: Tensor, *, n: Samples = 100, sigma: Sigma = 0.0, scale: Scale = "absolute"
) -> Tensor:
    """E[(x - b) * grad f(b + a (x - b))] over images b of the data and a ~ U(0, 1).

    With a sigma, x stands for noisy copies x + sigma e of the image. The map sums to f(x) - E[f(b)], up to sampling.
    """
    points, total, start = Between(around(f.image, sigma, n, scale), reference), torch.zeros(()), 0
    async for part in f.grad(points):
        _, way = points.ways(start, start + len(part.value))
        total = total.to(way.device) + (way * part.value).sum(0, dtype=torch.float64)
        start += len(part.value)
    return (total / n).to(f.image.x.dtype)
