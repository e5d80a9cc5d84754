"""Small members of the families of networks that people evaluate, each with the habit that trips tools up.

What goes into a linear layer has a multiple of four values: with others, the matrix product of a CPU may round odd
rows of a batch differently (`OddWidth` shows it), and equal bits are then not to be had at any batch shape.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache

import torch
from torch import nn

from heatproof.check.families.branching import Dense, Inception, Residual
from heatproof.check.families.mobile import Efficient, Mobile, Squeezing
from heatproof.check.families.plain import Careless, Functional, InPlace, Mlp, Named, OddWidth, Plain, Reused, Vgg
from heatproof.check.families.seeded import CLASSES, seeded
from heatproof.check.families.smooth import Attention, Convnext, Smooth, Transformer
from heatproof.check.supplies import pictures
from heatproof.models.unwrap import unwrap

__all__ = ["CLASSES", "FAMILIES", "OddWidth", "network", "seeded"]

FAMILIES: dict[str, Callable[[int], nn.Module]] = {
    "mlp": Mlp,
    "plain cnn": Plain,
    "vgg": Vgg,
    "in place": InPlace,
    "reused in place": Reused,
    "functional": Functional,
    "dict": Named,
    "edits its input": Careless,
    "residual": Residual,
    "dense": Dense,
    "inception": Inception,
    "always a tuple": lambda channels: Inception(channels, always=True),
    "gelu silu": Smooth,
    "mobile relu6": Mobile,
    "mobile hardswish": Squeezing,
    "efficientnet": Efficient,
    "convnext": Convnext,
    "attention": Attention,
    "vit": Transformer,
}
"""Name -> network for images with this many channels, of any size except for `mlp` (8 x 8)."""


GAIN = 4.0
"""PyTorch's initial weights let signals fade from layer to layer; weights that are larger by this keep them, so that
the answers depend on the image and not on its last bits."""


def network(family: str, channels: int = 3, seed: int = 0) -> nn.Module:
    """The network of a family in training mode, the same at every call with the same seed.

    Its classes are about equally frequent among random images, and its logits have standard deviation 1.
    """
    return copy.deepcopy(_template(family, channels, seed))


@cache
def _template(family: str, channels: int, seed: int) -> nn.Module:
    net = seeded(lambda: FAMILIES[family](channels), seed).eval()
    for m in net.modules():
        if isinstance(m, nn.Conv2d | nn.Linear):
            m.weight.data *= GAIN
    head = next(m for m in net.modules() if isinstance(m, nn.Linear) and m.out_features == CLASSES)
    x = pictures(16, channels, seed=seed)
    with torch.no_grad():
        logits = unwrap(net(x), len(x))
        head.weight /= logits.std(0)[:, None]
        head.bias.sub_(logits.mean(0)).div_(logits.std(0))
    return net.train()
