"""Localization error: does the box around the most relevant pixels lie on the object?"""

from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.evidence import box_around, inside, largest_part, overlap
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.settings import About, Sign

ALPHAS = tuple(k / 20 for k in range(2, 11))
"""0.10, 0.15, .. 0.50"""


@metric(
    family="localisation",
    better="lower",
    invariant_to=("scale",),
    bounds=(0.0, 1.0),
    paper=Paper(
        "Bansal, Naman and Agarwal, Chirag and Nguyen, Anh",
        "SAM: The Sensitivity of Attribution Methods to Hyperparameters",
        2020,
        "CVPR",
        "arXiv:2003.08754",
    ),
    presets={"sam": {"accepted": 0.5, "component": "all", "border": "sam", "sign": "signed"}},
)
def localization_error(
    phi: Tensor,
    boxes: Tensor,
    *,
    alpha: Annotated[
        float | None,
        About("share of the largest value that a pixel must reach; left out, the mean over 0.10, 0.15, .. 0.50", 0, 1),
    ] = None,
    accepted: Annotated[float, About("IoU that must be exceeded for the box to count as right", 0.0, 1.0)] = 0.5,
    component: Annotated[
        Literal["all", "largest"], About("all pixels over the threshold, or those of their largest connected part")
    ] = "all",
    border: Annotated[
        Literal["exact", "sam"], About("sam: the first row and column of the box are left out, as SAM's code does")
    ] = "exact",
    sign: Sign = "signed",
) -> Reading:
    """1 if IoU(box around {phi >= alpha max phi, phi > 0}, union of the boxes) <= accepted, else 0; mean over alpha.

    A map without a positive value points nowhere: its IoU is 0.
    """
    heat = phi.sum(0, dtype=torch.float64)
    heat = heat.abs() if sign == "absolute" else heat
    shape = (heat.shape[0], heat.shape[1])
    truth = inside(boxes.to(heat.device), shape)
    if not truth.any():
        raise Undefined("no box around the object lies in this image")
    alphas = ALPHAS if alpha is None else (alpha,)
    found = [overlap(_box(heat, a, component, border), truth) for a in alphas]
    wrong = [float(iou <= accepted) for iou in found]
    curves = {"iou": Curve(found, alphas, "alpha", "IoU"), "error": Curve(wrong, alphas, "alpha", "error")}
    return Reading(sum(wrong) / len(wrong), curves)


def _box(heat: Tensor, alpha: float, component: str, border: str) -> Tensor:
    """The pixels (H, W) of the box around what is left of the map above its threshold."""
    left = (heat >= alpha * heat.max()) & (heat > 0)
    box = box_around(largest_part(left) if component == "largest" else left)
    if border == "sam":
        box = box + torch.tensor([1, 1, 0, 0], device=box.device)
    return inside(box, (heat.shape[0], heat.shape[1]))
