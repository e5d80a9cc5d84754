"""Fresh initial weights for a layer: its own initialiser, its own random stream, the global generators untouched."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from heatproof.vocabulary.rng import stream


def fresh_weights(layer: nn.Module, name: str, seed: int) -> list[Tensor]:
    """New values for the layer's own parameters, in their order, on the CPU.

    A layer that knows how to initialise itself (reset_parameters) does; other parameters are drawn from
    N(0, s^2) with s the standard deviation that they have now.
    """
    generator = stream("fresh weights", seed, name)
    twin = copy.deepcopy(layer).cpu().float()  # the same numbers in every precision
    own = list(twin.parameters(recurse=False))
    reset = getattr(twin, "reset_parameters", None)
    if callable(reset):
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(generator.initial_seed())
            reset()
        return [p.detach() for p in own]
    return [torch.randn(p.shape, generator=generator, dtype=p.dtype) * p.detach().std(correction=0) for p in own]
