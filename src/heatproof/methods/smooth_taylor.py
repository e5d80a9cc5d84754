"""SmoothTaylor: the first-order Taylor term, averaged over roots z around the image."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.clouds import around, normalised
from heatproof.vocabulary.explanation import Explanation
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.perturbation import aupc, perturbation_curve
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Samples, Scale, Sigma
from heatproof.vocabulary.similarity import heat
from heatproof.vocabulary.tuning import Search, golden_section, stepwise
from heatproof.vocabulary.variation import autvc


@method(
    family="gradient",
    axioms=("linearity", "dummy", "implementation invariance"),
    paper=Paper(
        "Goh, Gary S. W. and Lapuschkin, Sebastian and Weber, Leander and Samek, Wojciech and Binder, Alexander",
        "Understanding Integrated Gradients with SmoothTaylor for Deep Neural Network Attribution",
        2021,
        "ICPR",
        "doi:10.1109/ICPR48806.2021.9413242",
    ),
    presets={"smooth_taylor": {"sigma": 0.5, "n": 150, "scale": "normalised", "search": "seed"}},
    version=2,
)
async def smooth_taylor(
    f: Score,
    *,
    sigma: Sigma = 0.5,
    n: Samples = 150,
    scale: Scale = "normalised",
    tune: Annotated[
        Literal["none", "aupc", "autvc"],
        About("adaptive noising: not sigma, but where perturbation_score (of |map|) or total_variation is smallest"),
    ] = "none",
    search: Annotated[
        Literal["golden", "seed"], About("how it is looked for: golden sections of an interval, or the published steps")
    ] = "golden",
) -> Tensor | Explanation:
    """E[(x - z) * grad f(z)], z ~ N(x, sigma^2)."""
    if tune == "none":
        return await _taylor(f, sigma, n, scale)
    # Every sigma scales the same noise, so that only sigma makes a difference: J has no Monte-Carlo error to follow.
    maps: dict[float, Tensor] = {}

    async def j(s: float) -> float:
        phi = maps[s] = await _taylor(f, s, n, "normalised")
        if tune == "autvc":
            return autvc(heat(phi))
        return aupc(await perturbation_curve(f, phi.sum(0, dtype=torch.float64).abs()))

    tried, start = Search(j), float(normalised(f.image).abs().mean()) or sigma
    if search == "seed":
        await stepwise(tried, start)
        return Explanation(maps[tried.best], tried.notes("sigma"))
    low, high = start / 8, 2 * start
    await golden_section(tried, low, high)
    return Explanation(maps[tried.best], tried.notes("sigma") | {"low": low, "high": high})


async def _taylor(f: Score, sigma: float, n: int, scale: str) -> Tensor:
    x = f.image.x
    return await f.grad(around(f.image, sigma, n, scale)).mean(lambda g, z: (x - z) * g)
