"""Entropy ("complexity"): over how many pixels the relevance is spread."""

import torch
from torch import Tensor

from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.shares import pixel_shares


@metric(
    family="complexity",
    better="lower",
    invariant_to=("scale",),
    paper=Paper(
        "Bhatt, Umang and Weller, Adrian and Moura, José M. F.",
        "Evaluating and Aggregating Feature-based Model Explanations",
        2020,
        "IJCAI",
        "arXiv:2005.00631",
    ),
)
def entropy(phi: Tensor) -> float:
    """-sum_i p_i ln p_i, p = |phi| / sum |phi| over pixels, in nats: from 0 (one pixel) to ln d (all alike)."""
    return float(torch.special.entr(pixel_shares(phi)).sum())
