"""Control: the same everywhere. Every order of its pixels is as good as any other."""

import torch
from torch import Tensor

from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score


@method(family="control", control=True)
async def constant(f: Score) -> Tensor:
    """1 for every value."""
    return torch.ones_like(f.image.x)
