"""Score-CAM: the channels of one layer, weighted by the score of what they let through. No gradient is needed."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.blends import Blended
from heatproof.vocabulary.cam import Rectified, Scaled, Stage, Upsampling, layer_for, min_max, shown
from heatproof.vocabulary.masks import Everything
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Baseline, Layer, LinkChoice

ATTRIBENCH = {
    "stage": "convolution",
    "baseline": "zero",
    "stretched": "before",
    "upsampling": "bilinear_corners",
    "scaled": "min_max",
}
PYTORCH_GRAD_CAM = {"baseline": "zero", "mask_upsampling": "bilinear_corners", "scaled": "min_max_full_size"}


@method(
    family="class activation",
    needs=("spatial layer",),
    paper=Paper(
        "Wang, Haofan and Wang, Zifan and Du, Mengnan and Yang, Fan and Zhang, Zijian and Ding, Sirui and "
        "Mardziel, Piotr and Hu, Xia",
        "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks",
        2020,
        "CVPR Workshops",
        "arXiv:1910.01279",
    ),
    presets={
        "attribench2024": ATTRIBENCH,
        "pytorch_grad_cam": PYTORCH_GRAD_CAM,
    },
)
async def score_cam(
    f: Score,
    *,
    layer: Layer = None,
    stage: Stage = "activation",
    link: LinkChoice = "logit",
    baseline: Baseline = 0.0,
    weights: Annotated[
        Literal["softmax", "increase"],
        About("softmax: over the channels, which the score of the baseline does not change; increase: as it is"),
    ] = "softmax",
    stretched: Annotated[
        Literal["after", "before"], About("channels are scaled to [0, 1] after or before they are enlarged to masks")
    ] = "after",
    mask_upsampling: Upsampling = "bilinear",
    relu: Rectified = True,
    upsampling: Upsampling = "bilinear",
    scaled: Scaled = "none",
) -> Tensor:
    """relu(sum_k w_k A_k), w = softmax_k(f(m_k x + (1 - m_k) b) - f(b)), m_k: A_k at the size of x, scaled to [0, 1].

    A channel that is the same everywhere has the mask 0: it lets nothing through.
    """
    (a,), _ = await f.layer(f.x, layer_for(f.model, layer, stage))
    small = a if stretched == "after" else min_max(a)
    g = f.linked_by(link)
    scores = await g(Blended(f.image, small, baseline, mask_upsampling, stretched == "after"))
    if weights == "softmax":
        w = scores.double().softmax(0)
    else:
        size = (f.image.x.shape[1], f.image.x.shape[2])
        w = scores.double() - (await g(Masked(f.image, Everything(size), baseline)).one()).double()
    cam = torch.einsum("k,khw->hw", w, a.double()).to(f.image.x.dtype)
    return shown(cam, f.image, relu=relu, upsampling=upsampling, scaled=scaled)
