"""Gradient ("saliency"): how the score reacts to an infinitesimal change of each value."""

from torch import Tensor

from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Absolute, Unit
from heatproof.vocabulary.slopes import slopes

SIMONYAN = Paper(
    "Simonyan, Karen and Vedaldi, Andrea and Zisserman, Andrew",
    "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps",
    2013,
    "ICLR Workshop",
    "arXiv:1312.6034",
)
SIGNED = {"absolute": False, "unit": "normalised"}
UNSIGNED = {"absolute": True, "unit": "normalised"}


@method(
    family="gradient",
    paper=SIMONYAN,
    axioms=("linearity", "dummy", "symmetry", "implementation invariance"),
    presets={"captum": UNSIGNED, "attribench2022": UNSIGNED}
    | dict.fromkeys(("attribench2024", "sanity_checks", "sam", "smooth_taylor", "pair"), SIGNED),
)
async def gradient(f: Score, *, absolute: Absolute = False, unit: Unit = "pixel") -> Tensor:
    """grad f(x)."""
    return await f.grad(f.x).each(slopes(f.image, unit, absolute=absolute)).one()
