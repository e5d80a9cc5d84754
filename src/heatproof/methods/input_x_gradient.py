"""Input x gradient: the first-order Taylor term around zero, exact on linear models without bias."""

from torch import Tensor

from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score


@method(
    family="gradient",
    paper=Paper(
        "Shrikumar, Avanti and Greenside, Peyton and Shcherbina, Anna and Kundaje, Anshul",
        "Not Just a Black Box: Learning Important Features Through Propagating Activation Differences",
        2016,
        "arXiv preprint",
        "arXiv:1605.01713",
    ),
)
async def input_x_gradient(f: Score) -> Tensor:
    """x * grad f(x)."""
    return f.image.x * await f.grad(f.x).one()
