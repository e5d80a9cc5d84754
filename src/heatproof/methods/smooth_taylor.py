"""SmoothTaylor: the first-order Taylor term, averaged over roots z around the image."""

from torch import Tensor

from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Relative, Samples, Sigma


@method(
    family="gradient",
    paper=Paper(
        "Goh, Gary S. W. and Lapuschkin, Sebastian and Weber, Leander and Samek, Wojciech and Binder, Alexander",
        "Understanding Integrated Gradients with SmoothTaylor for Deep Neural Network Attribution",
        2021,
        "ICPR",
        "doi:10.1109/ICPR48806.2021.9413242",
    ),
)
async def smooth_taylor(f: Score, *, sigma: Sigma = 0.5, n: Samples = 150, relative: Relative = False) -> Tensor:
    """E[(x - z) * grad f(z)], z ~ N(x, sigma^2)."""
    x = f.image.x
    return await f.grad(around(f.image, sigma, n, relative)).mean(lambda g, z: (x - z) * g)
