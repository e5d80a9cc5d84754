"""SmoothGrad: the gradient averaged over noisy copies of the image."""

from torch import Tensor

from heatproof.vocabulary.clouds import around
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Absolute, Samples, Scale, Sigma, Unit
from heatproof.vocabulary.slopes import slopes

SMILKOV = Paper(
    "Smilkov, Daniel and Thorat, Nikhil and Kim, Been and Viégas, Fernanda and Wattenberg, Martin",
    "SmoothGrad: removing noise by adding noise",
    2017,
    "ICML Workshop on Visualization for Deep Learning",
    "arXiv:1706.03825",
)
CAPTUM = {"sigma": 1.0, "n": 5, "scale": "normalised", "absolute": True, "unit": "normalised"}
ATTRIBENCH = {"sigma": 0.15, "n": 50, "scale": "normalised", "unit": "normalised"}
NOTEBOOKS = {"sigma": 0.15, "n": 50, "scale": "normalised_range", "absolute": False, "unit": "normalised"}


@method(
    family="gradient",
    paper=SMILKOV,
    axioms=("linearity", "dummy", "implementation invariance"),
    presets={
        "captum": CAPTUM,
        "attribench2022": ATTRIBENCH | {"absolute": True},
        "attribench2024": ATTRIBENCH | {"absolute": False},
        "sanity_checks": NOTEBOOKS,
        "sam": NOTEBOOKS,
        "smooth_taylor": NOTEBOOKS,
        # With magnitude=False; left at its default it squares: smoothgrad_squared.
        "pair": NOTEBOOKS | {"n": 25},
    },
)
async def smoothgrad(
    f: Score,
    *,
    sigma: Sigma = 0.15,
    n: Samples = 50,
    scale: Scale = "range",
    absolute: Absolute = False,
    unit: Unit = "pixel",
) -> Tensor:
    """E[grad f(x + sigma e)], e ~ N(0, 1)."""
    return await f.grad(around(f.image, sigma, n, scale)).each(slopes(f.image, unit, absolute=absolute)).mean()
