"""SmoothGrad: the gradient averaged over noisy copies of the image."""

from torch import Tensor

from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Relative, Samples, Sigma

SMILKOV = Paper(
    "Smilkov, Daniel and Thorat, Nikhil and Kim, Been and Viégas, Fernanda and Wattenberg, Martin",
    "SmoothGrad: removing noise by adding noise",
    2017,
    "ICML Workshop on Visualization for Deep Learning",
    "arXiv:1706.03825",
)


@method(family="gradient", paper=SMILKOV)
async def smoothgrad(f: Score, *, sigma: Sigma = 0.15, n: Samples = 50, relative: Relative = True) -> Tensor:
    """E[grad f(x + sigma e)], e ~ N(0, 1)."""
    return await f.grad(around(f.image, sigma, n, relative)).mean()
