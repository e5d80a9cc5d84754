"""Random numbers for the weights of a layer: from a stream of its own, the global generators untouched."""

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
    if callable(getattr(layer, "reset_parameters", None)):
        twin = copy.deepcopy(layer).cpu().float()  # the same numbers in every precision
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(generator.initial_seed())
            twin.reset_parameters()  # type: ignore[operator]
        return [p.detach() for p in twin.parameters(recurse=False)]
    own = [p.detach().cpu().float() for p in layer.parameters(recurse=False)]
    return [torch.randn(p.shape, generator=generator, dtype=p.dtype) * p.std(correction=0) for p in own]


def noise_on_weights(layer: nn.Module, name: str, seed: int) -> list[Tensor]:
    """e ~ N(0, 1) for the layer's own parameters, in their order, on the CPU."""
    generator = stream("noise on weights", seed, name)
    return [torch.randn(p.shape, generator=generator, dtype=torch.float32) for p in layer.parameters(recurse=False)]
