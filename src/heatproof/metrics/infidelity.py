"""Infidelity: does the map predict how far the score moves under a random perturbation?"""

from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.adjusted import Clamped, Moved
from heatproof.vocabulary.clouds import deviation
from heatproof.vocabulary.coalitions import RandomSegments
from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.fills import Fill, fill_for
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Cloud, Deviation, Masked, Points
from heatproof.vocabulary.random_masks import RandomSquares
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Segmentation, Segments, segmented
from heatproof.vocabulary.settings import About, Baseline, Draw, LinkChoice, Samples, Scale, Sigma

YEH = Paper(
    "Yeh, Chih-Kuan and Hsieh, Cheng-Yu and Suggala, Arun Sai and Inouye, David I. and Ravikumar, Pradeep",
    "On the (In)fidelity and Sensitivity of Explanations",
    2019,
    "NeurIPS",
    "arXiv:1901.09392",
)
Perturbation = Literal["noisy_baseline", "gaussian", "square", "segment"]
ATTRIBENCH: dict[str, Any] = {"n": 1000, "noise_scale": "normalised", "baseline": "zero"}


@metric(
    family="faithfulness",
    better="lower",
    paper=YEH,
    presets={"attribench2022": ATTRIBENCH, "attribench2024": ATTRIBENCH | {"clamp": True}},
)
async def infidelity(
    f: Score,
    phi: Tensor,
    *,
    perturbation: Annotated[
        Perturbation,
        About(
            "x - I is: noisy_baseline, b + N(0, sigma^2); gaussian, x + N(0, sigma^2); square, x with b in a random "
            "square; segment, x with b in random segments"
        ),
    ] = "noisy_baseline",
    sigma: Sigma = 0.2,
    noise_scale: Scale = "absolute",
    square: Annotated[int, About("side of the random square, pixels", 1)] = 5,
    segments: Segmentation = 100,
    removed: Annotated[int, About("number of random segments that are removed together", 1, 4096)] = 10,
    baseline: Baseline = 0.0,
    clamp: Annotated[bool, About("x - I is kept between the smallest and the largest value of x")] = False,
    n: Samples = 100,
    scale: Annotated[
        Literal["optimal", "none"], About("optimal: beta = E[I.phi (f(x) - f(x - I))] / E[(I.phi)^2]; none: beta = 1")
    ] = "optimal",
    link: LinkChoice = "logit",
    draw: Draw = 0,
) -> float:
    """E[(beta I.phi - (f(x) - f(x - I)))^2] over random perturbations I."""
    image, g = f.image, f.linked_by(link)
    drawn = image.redrawn(draw)
    if perturbation == "segment":
        points = _without_segments(drawn, segmented(image, segments), removed, n, baseline)
    elif perturbation == "square":
        points = _without_square(drawn, square, n, baseline)
    else:
        points = _noise(drawn, perturbation, deviation(image, sigma, noise_scale), n, baseline)
    if clamp:
        points = Clamped(points, float(image.x.min()), float(image.x.max()))
    predicted, scores = [], []
    fx, x, relevance = (await g(f.x).one()).double(), image.x.flatten().double(), phi.flatten().double()
    async for part in g(points):
        predicted.append(x @ relevance - part.flat @ relevance)
        scores.append(part.value.double())
    p, drop = torch.cat(predicted), fx - torch.cat(scores)
    beta = 1.0
    if scale == "optimal":
        power = p.square().mean()
        beta = float((p * drop).mean() / power) if power > 0 else 0.0
    return float((beta * p - drop).square().mean())


def _noise(image: Image, kind: str, sigma: Deviation, n: int, baseline: Fill) -> Points:
    cloud = Cloud(image, sigma, n, "infidelity", centre="x" if kind == "gaussian" else "zero")
    if kind == "gaussian":
        return cloud
    filled = fill_for(image, baseline)
    return Moved(cloud, filled) if filled.pixels.any() else cloud


def _without_square(image: Image, side: int, n: int, baseline: Fill) -> Points:
    smallest = min(image.x.shape[1:])
    if side > smallest:
        raise problem("HP105", setting="square", value=side, valid=f"1 to {smallest}, the shorter side")
    return Masked(image, RandomSquares(image, side, n), baseline)


def _without_segments(image: Image, found: Segments, removed: int, n: int, baseline: Fill) -> Points:
    if removed > found.count:
        raise Undefined(f"{removed} segments are to be removed, and the image has {found.count}")
    return Masked(image, RandomSegments(image, found, removed, n), baseline)
