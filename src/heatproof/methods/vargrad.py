"""VarGrad: the variance of the gradient over noisy copies; unsigned."""

from torch import Tensor

from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Relative, Samples, Sigma

ADEBAYO = Paper(
    "Adebayo, Julius and Gilmer, Justin and Goodfellow, Ian and Kim, Been",
    "Local Explanation Methods for Deep Neural Networks Lack Sensitivity to Parameter Values",
    2018,
    "ICLR Workshop",
    "arXiv:1810.03307",
)


@method(family="gradient", paper=ADEBAYO)
async def vargrad(f: Score, *, sigma: Sigma = 0.15, n: Samples = 50, relative: Relative = True) -> Tensor:
    """Var[grad f(x + sigma e)], e ~ N(0, 1), divided by n."""
    return await f.grad(around(f.image, sigma, n, relative)).variance()
