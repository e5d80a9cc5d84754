"""Meaningful perturbation: the smallest smooth blur that makes the score fall, found by gradient descent."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.blends import Blended, moved
from heatproof.vocabulary.blurs import blurred
from heatproof.vocabulary.cam import Upsampling, enlarged
from heatproof.vocabulary.descent import Adam, Objective, discs_for
from heatproof.vocabulary.fills import Filled
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.rng import draw as values
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, LinkChoice


@method(
    family="perturbation",
    paper=Paper(
        "Fong, Ruth C. and Vedaldi, Andrea",
        "Interpretable Explanations of Black Boxes by Meaningful Perturbation",
        2017,
        "ICCV",
        "arXiv:1704.03296",
    ),
    presets={"sam": {"side": 28, "jitter": 4, "upsampling": "nearest", "soften": 1.0}},
)
async def meaningful_perturbation(
    f: Score,
    *,
    iterations: Annotated[int, About("steps of the descent", 1, 100_000)] = 300,
    start: Annotated[
        Literal["circular", "ones", "random"],
        About("circular: blurred is the smallest disc that takes 99 % of the score; ones: nothing is; random: U(0, 1)"),
    ] = "circular",
    side: Annotated[
        int | None, About("side of the mask; left out, 28, or the image's where that is shorter", 1, 4096)
    ] = None,
    blur: Annotated[float, About("standard deviation of the blur in pixels", 1e-3, 1e3)] = 10.0,
    jitter: Annotated[
        int | None, About("each step sees the image at one of so many places down and across; left out, 4/224", 1, 1000)
    ] = None,
    l1: Annotated[float, About("weight of sum |1 - m|", 0.0, 1e6)] = 1e-4,
    tv: Annotated[float, About("weight of the total variation of the mask", 0.0, 1e6)] = 1e-2,
    beta: Annotated[float, About("exponent of the total variation", 1.0, 10.0)] = 3.0,
    rate: Annotated[float, About("learning rate of Adam", 1e-6, 10.0)] = 0.1,
    upsampling: Upsampling = "bilinear",
    soften: Annotated[float, About("standard deviation of a blur of the finished map in pixels", 0.0, 1e3)] = 0.0,
    draw: Annotated[int, About("which random start and places", 0)] = 0,
    link: LinkChoice = "probability",
) -> Tensor:
    """1 - m, m = argmin l1 sum |1 - m| + tv sum |grad m|^beta + E[f(m x + (1 - m) blur(x))], x moved at random.

    The mask is small, in [0, 1], and enlarged where it meets the image; each step of Adam takes one place of x.
    """
    image, size = f.image, (f.image.x.shape[1], f.image.x.shape[2])
    score = f.linked_by(link)
    gone = image.fact(("blurred", blur), lambda: Filled(("blurred", blur), blurred(image.x, blur)))
    sides = (side or min(28, size[0]), side or min(28, size[1]))
    m = torch.ones(sides, dtype=torch.float64, device=image.x.device)
    if start == "random":
        m = values((image.seed, image.id, "mask", draw), 0, 1, m, "uniform")[0]
    if start == "circular":
        discs = discs_for(size, sides).to(m.device)
        m = discs[await _smallest(score, Blended(image, discs, gone, upsampling))]
    adam, objective = Adam(rate), Objective(l1, tv, beta, upsampling)
    u = values((image.seed, image.id, "places", draw), 0, iterations, torch.empty(2, dtype=torch.float64), "uniform")
    places = jitter or max(1, round(4 / 224 * min(size)))
    for down, across in ((u * places).long() - places // 2).tolist():
        g = await score.grad(Blended(image, m[None], gone, upsampling, shift=(down, across))).one()
        x, b = (moved(pixels, (down, across)) for pixels in (image.x, gone.pixels))
        m = adam.step(m, objective.slope(m, (g * (x - b)).sum(0, dtype=torch.float64))).clamp(0, 1)
    phi = (1 - enlarged(m[None], size, upsampling)).clamp_min(0)
    return (blurred(phi, soften) if soften else phi).to(image.x.dtype).expand_as(image.x)


async def _smallest(f: Score, discs: Blended) -> int:
    """The first disc behind which less than 1 % is left of what blurring everything takes from the score."""
    fx, under = await f(f.x).one(), await f(discs)
    left, all_of_it = (under - under[-1]).double(), (fx - under[-1]).double()
    enough: Tensor = left <= 0.01 * all_of_it
    return int(enough.double().argmax())
