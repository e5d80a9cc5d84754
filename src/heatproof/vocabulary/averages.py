"""The mean of many maps, of which only a few are under way at a time."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from heatproof.vocabulary.ask import together

AT_A_TIME = 4
"""Maps that are made side by side: enough to fill batches, few enough for the memory of one image."""


async def mean_of(maps: Iterable[Coroutine[Any, Any, Tensor]]) -> Tensor:
    """The mean of the maps (C, H, W), summed in float64 in their order."""
    waiting, total, count, dtype = iter(maps), torch.zeros(()), 0, torch.float32
    while some := list(islice(waiting, AT_A_TIME)):
        for phi in await together(some):
            total, count, dtype = total.to(phi.device) + phi.double(), count + 1, phi.dtype
    return (total / count).to(dtype)
