"""Gradient ("saliency"): how the score reacts to an infinitesimal change of each value."""

from typing import Annotated

from torch import Tensor

from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About

SIMONYAN = Paper(
    "Simonyan, Karen and Vedaldi, Andrea and Zisserman, Andrew",
    "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps",
    2013,
    "ICLR Workshop",
    "arXiv:1312.6034",
)


@method(family="gradient", paper=SIMONYAN)
async def gradient(f: Score, *, absolute: Annotated[bool, About("return |grad f| instead")] = False) -> Tensor:
    """grad f(x)."""
    g = await f.grad(f.x).one()
    return g.abs() if absolute else g
