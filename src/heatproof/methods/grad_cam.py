"""Grad-CAM: the channels of one layer, weighted by their mean gradients."""

from torch import Tensor

from heatproof.vocabulary.cam import Rectified, Scaled, Stage, Upsampling, layer_for, shown
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Layer

SELVARAJU = Paper(
    "Selvaraju, Ramprasaath R. and Cogswell, Michael and Das, Abhishek and Vedantam, Ramakrishna and Parikh, Devi "
    "and Batra, Dhruv",
    "Grad-CAM: Visual Explanations from Deep Networks via Gradient-Based Localization",
    2017,
    "ICCV",
    "arXiv:1610.02391",
)


@method(
    family="class activation",
    needs=("spatial layer",),
    paper=SELVARAJU,
    presets={
        "captum": {"relu": False, "upsampling": "nearest"},
        "attribench2022": {"stage": "convolution", "upsampling": "bilinear_corners"},
        "attribench2024": {"stage": "convolution", "upsampling": "bilinear_corners"},
        "sanity_checks": {"scaled": "max"},
        "pair": {"scaled": "max"},
        "pytorch_grad_cam": {"scaled": "min_max_full_size"},
    },
)
async def grad_cam(
    f: Score,
    *,
    layer: Layer = None,
    stage: Stage = "activation",
    relu: Rectified = True,
    upsampling: Upsampling = "bilinear",
    scaled: Scaled = "none",
) -> Tensor:
    """relu(sum_k mean_ij(df/dA_k) A_k), at the size of the image."""
    (a,), (g,) = await f.layer(f.x, layer_for(f.model, layer, stage))
    cam = (g.mean((1, 2), keepdim=True) * a).sum(0)
    return shown(cam, f.image, relu=relu, upsampling=upsampling, scaled=scaled)
