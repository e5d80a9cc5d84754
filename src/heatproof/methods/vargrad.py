"""VarGrad: the variance of the gradient over noisy copies; unsigned."""

from torch import Tensor

from heatproof.methods.smoothgrad import ATTRIBENCH, CAPTUM, NOTEBOOKS
from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Absolute, Samples, Scale, Sigma, Unit
from heatproof.vocabulary.slopes import slopes

ADEBAYO = Paper(
    "Adebayo, Julius and Gilmer, Justin and Goodfellow, Ian and Kim, Been",
    "Local Explanation Methods for Deep Neural Networks Lack Sensitivity to Parameter Values",
    2018,
    "ICLR Workshop",
    "arXiv:1810.03307",
)


@method(
    family="gradient",
    paper=ADEBAYO,
    axioms=("dummy", "implementation invariance"),
    presets={
        "captum": CAPTUM,
        "attribench2022": ATTRIBENCH | {"absolute": True},
        "attribench2024": ATTRIBENCH | {"absolute": False},
        "sanity_checks": NOTEBOOKS | {"n": 25},
    },
)
async def vargrad(
    f: Score,
    *,
    sigma: Sigma = 0.15,
    n: Samples = 50,
    scale: Scale = "range",
    absolute: Absolute = False,
    unit: Unit = "pixel",
) -> Tensor:
    """Var[grad f(x + sigma e)], e ~ N(0, 1), divided by n."""
    return await f.grad(around(f.image, sigma, n, scale)).each(slopes(f.image, unit, absolute=absolute)).variance()
