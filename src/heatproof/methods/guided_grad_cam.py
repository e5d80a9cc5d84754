"""Guided Grad-CAM: guided backpropagation, kept where Grad-CAM looks."""

from torch import Tensor

from heatproof.methods.grad_cam import SELVARAJU, grad_cam
from heatproof.methods.guided_backprop import guided_backprop
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.cam import Rectified, Scaled, Stage, Upsampling
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Layer


@method(
    family="class activation",
    axioms=("dummy",),
    needs=("spatial layer", "relu"),
    paper=SELVARAJU,
    presets={
        "captum": {"upsampling": "nearest"},
        "attribench2022": {"stage": "convolution", "upsampling": "bilinear_corners"},
        "attribench2024": {"stage": "convolution", "upsampling": "bilinear_corners"},
        "sanity_checks": {"scaled": "max"},
    },
)
async def guided_grad_cam(
    f: Score,
    *,
    layer: Layer = None,
    stage: Stage = "activation",
    relu: Rectified = True,
    upsampling: Upsampling = "bilinear",
    scaled: Scaled = "none",
) -> Tensor:
    """guided_backprop(f) * grad_cam(f), value by value."""
    looks = grad_cam(f, layer=layer, stage=stage, relu=relu, upsampling=upsampling, scaled=scaled)
    guided, cam = await together([guided_backprop(f), looks])
    return guided * cam
