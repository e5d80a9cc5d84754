"""Grad-CAM: the channels of one layer, weighted by their mean gradients."""

from torch import Tensor
from torch.nn.functional import interpolate

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


@method(family="class activation", needs=("spatial layer",), paper=SELVARAJU)
async def grad_cam(f: Score, *, layer: Layer = None) -> Tensor:
    """relu(sum_k mean_ij(df/dA_k) A_k), at the size of the image."""
    (a,), (g,) = await f.layer(f.x, layer or f.model.spatial_layer or "")
    cam = (g.mean((1, 2), keepdim=True) * a).sum(0).relu()
    return interpolate(cam[None, None], f.image.x.shape[1:], mode="bilinear")[0].expand_as(f.image.x)
