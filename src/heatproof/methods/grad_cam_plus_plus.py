"""Grad-CAM++: the channels of one layer, weighted by their positive gradients, each by its share in the score."""

from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.cam import Rectified, Scaled, Stage, Upsampling, layer_for, shown
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Layer

Third = Annotated[
    Literal["position", "products"],
    About(
        "third derivative in the weights. position: of exp(f) at the same position, times the sum of the channel, "
        "as in the paper; products: summed together with the channel, over all positions"
    ),
]
ATTRIBENCH = {
    "stage": "convolution",
    "third": "products",
    "upsampling": "bilinear_corners",
    "scaled": "min_max",
}


@method(
    family="class activation",
    needs=("spatial layer",),
    paper=Paper(
        "Chattopadhay, Aditya and Sarkar, Anirban and Howlader, Prantik and Balasubramanian, Vineeth N.",
        "Grad-CAM++: Generalized Gradient-Based Visual Explanations for Deep Convolutional Networks",
        2018,
        "WACV",
        "arXiv:1710.11063",
    ),
    presets={"attribench2024": ATTRIBENCH, "pytorch_grad_cam": {"scaled": "min_max_full_size"}},
)
async def grad_cam_plus_plus(
    f: Score,
    *,
    layer: Layer = None,
    stage: Stage = "activation",
    third: Third = "position",
    relu: Rectified = True,
    upsampling: Upsampling = "bilinear",
    scaled: Scaled = "none",
) -> Tensor:
    """relu(sum_k w_k A_k), w_k = sum_ij alpha relu(g), alpha = g^2 / (2 g^2 + g^3 sum_ab A_kab), g = df/dA_kij.

    alpha is 0 where g is. These are the derivatives of exp(f), without the factor exp(f) that all channels share.
    In alpha negative activations count as 0: the paper looks behind a ReLU, and elsewhere alpha would have poles.
    """
    (a,), (g,) = await f.layer(f.x, layer_for(f.model, layer, stage))
    a, g = a.double(), g.double()
    if third == "position":
        # g^2 cancels: it can be too small for a number.
        alpha = 1 / (2 + g * a.clamp_min(0).sum((1, 2), keepdim=True))
    else:
        alpha = g.square() / (2 * g.square() + (a * g**3).sum((1, 2), keepdim=True))
    w = torch.where(g > 0, alpha * g, 0).sum((1, 2))
    if not torch.isfinite(w).all():
        raise Undefined("a weight of Grad-CAM++ divides by zero")
    cam = torch.einsum("k,khw->hw", w, a).to(f.image.x.dtype)
    return shown(cam, f.image, relu=relu, upsampling=upsampling, scaled=scaled)
