"""Guided Grad-CAM: guided backpropagation, kept where Grad-CAM looks."""

from torch import Tensor

from heatproof.methods.grad_cam import SELVARAJU, grad_cam
from heatproof.methods.guided_backprop import guided_backprop
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Layer


@method(family="class activation", needs=("spatial layer", "relu"), paper=SELVARAJU)
async def guided_grad_cam(f: Score, *, layer: Layer = None) -> Tensor:
    """guided_backprop(f) * grad_cam(f), value by value."""
    guided, cam = await together([guided_backprop(f), grad_cam(f, layer=layer)])
    return guided * cam
