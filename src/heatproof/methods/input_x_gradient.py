"""Input x gradient: the first-order Taylor term around a baseline, exact on linear models."""

from torch import Tensor

from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Baseline


@method(
    family="gradient",
    axioms=("linearity", "dummy", "symmetry", "implementation invariance"),
    paper=Paper(
        "Shrikumar, Avanti and Greenside, Peyton and Shcherbina, Anna and Kundaje, Anshul",
        "Not Just a Black Box: Learning Important Features Through Propagating Activation Differences",
        2016,
        "arXiv preprint",
        "arXiv:1605.01713",
    ),
    # Where the model normalises, the input of these sources is what comes after it: its 0 is the fill `zero`.
    presets={s: {"baseline": "zero"} for s in ("captum", "attribench2022", "attribench2024", "sanity_checks", "sam")},
)
async def input_x_gradient(f: Score, *, baseline: Baseline = 0.0) -> Tensor:
    """(x - b) * grad f(x); with the baseline b = 0, x * grad f(x)."""
    return (f.image.x - fill_for(f.image, baseline).pixels) * await f.grad(f.x).one()
