"""DeconvNet: the gradient of the same model under another backward rule of its ReLUs, which ignores the forward."""

from torch import Tensor

from heatproof.vocabulary.edits import DeconvReLU
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score


@method(
    family="modified backward",
    axioms=("dummy",),
    needs=("relu",),
    presets={"captum": {}, "attribench2022": {}, "attribench2024": {}},
    paper=Paper(
        "Zeiler, Matthew D. and Fergus, Rob",
        "Visualizing and Understanding Convolutional Networks",
        2014,
        "ECCV",
        "arXiv:1311.2901",
    ),
)
async def deconvnet(f: Score) -> Tensor:
    """grad f(x), where every ReLU passes back the positive gradients of all its units, active or not."""
    return await f.edited(DeconvReLU()).grad(f.x).one()
