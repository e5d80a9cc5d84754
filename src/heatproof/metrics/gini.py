"""Gini index: 0 when all pixels matter alike, towards 1 when one pixel matters alone."""

import torch
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.shares import pixel_shares


@metric(
    family="complexity",
    better="higher",
    invariant_to=("scale",),
    bounds=(0.0, 1.0),
    paper=Paper(
        "Chalasani, Prasad and Chen, Jiefeng and Chowdhury, Amrita Roy and Wu, Xi and Jha, Somesh",
        "Concise Explanations of Neural Networks using Adversarial Training",
        2020,
        "ICML",
        "arXiv:1810.06583",
    ),
)
def gini(phi: Tensor) -> float:
    """1 - 2 sum_k a_(k) (d - k + 1/2) / (d sum a), a = |phi| of the d pixels, ascending."""
    a = pixel_shares(phi).sort().values
    d = len(a)
    if d < 2:
        raise Undefined("a single pixel has no distribution")
    k = torch.arange(1, d + 1, dtype=a.dtype, device=a.device)
    return max(0.0, float(1 - 2 * (a * (d - k + 0.5)).sum() / d))  # rounding leaves -2e-16 for equal pixels
