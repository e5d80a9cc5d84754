"""Guided backpropagation: the gradient of the same model under another backward rule of its ReLUs."""

from torch import Tensor

from heatproof.vocabulary.edits import GuidedReLU
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score


@method(
    family="modified backward",
    axioms=("dummy",),
    needs=("relu",),
    presets={"captum": {}, "sanity_checks": {}, "attribench2022": {}, "attribench2024": {}},
    paper=Paper(
        "Springenberg, Jost Tobias and Dosovitskiy, Alexey and Brox, Thomas and Riedmiller, Martin",
        "Striving for Simplicity: The All Convolutional Net",
        2014,
        "ICLR Workshop",
        "arXiv:1412.6806",
    ),
)
async def guided_backprop(f: Score) -> Tensor:
    """grad f(x), where every ReLU passes back only positive gradients."""
    return await f.edited(GuidedReLU()).grad(f.x).one()
