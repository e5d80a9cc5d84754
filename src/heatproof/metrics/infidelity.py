"""Infidelity: does the map predict how far the score moves under a random perturbation?"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.masks import RandomSquares
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Cloud, Masked, Points
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, LinkChoice, Samples, Sigma

YEH = Paper(
    "Yeh, Chih-Kuan and Hsieh, Cheng-Yu and Suggala, Arun Sai and Inouye, David I. and Ravikumar, Pradeep",
    "On the (In)fidelity and Sensitivity of Explanations",
    2019,
    "NeurIPS",
    "arXiv:1901.09392",
)
Perturbation = Literal["noisy_baseline", "gaussian", "square"]


@metric(family="faithfulness", better="lower", paper=YEH)
async def infidelity(
    f: Score,
    phi: Tensor,
    *,
    perturbation: Annotated[
        Perturbation, About("noisy_baseline: x - I ~ N(0, sigma^2); gaussian: I ~ N(0, sigma^2); square: I = x there")
    ] = "noisy_baseline",
    sigma: Sigma = 0.2,
    square: Annotated[int, About("side of the random square, pixels", 1)] = 5,
    n: Samples = 100,
    scale: Annotated[
        Literal["optimal", "none"], About("optimal: beta = E[I.phi (f(x) - f(x - I))] / E[(I.phi)^2]; none: beta = 1")
    ] = "optimal",
    link: LinkChoice = "logit",
) -> float:
    """E[(beta I.phi - (f(x) - f(x - I)))^2] over random perturbations I."""
    g = f.linked_by(link)
    predicted, scores = [], []
    fx = (await g(f.x).one()).double()
    async for part in g(_perturbed(f, perturbation, sigma, square, n)):
        moved = (f.image.x - part.z).flatten(1).double()
        predicted.append(moved @ phi.flatten().double())
        scores.append(part.value.double())
    p, drop = torch.cat(predicted), fx - torch.cat(scores)
    beta = 1.0
    if scale == "optimal":
        power = p.square().mean()
        beta = float((p * drop).mean() / power) if power > 0 else 0.0
    return float((beta * p - drop).square().mean())


def _perturbed(f: Score, kind: Perturbation, sigma: float, side: int, n: int) -> Points:
    """The points x - I."""
    if kind == "square":
        smallest = min(f.image.x.shape[1:])
        if side > smallest:
            raise problem("HP105", setting="square", value=side, valid=f"1 to {smallest}, the shorter side")
        return Masked(f.image, RandomSquares(f.image, side, n), 0.0)
    centre = "x" if kind == "gaussian" else "zero"
    return Cloud(f.image, sigma, n, "infidelity", centre=centre)
