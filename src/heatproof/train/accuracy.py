"""How often a network is right: on images as they are, and on the worst ones nearby."""

from __future__ import annotations

import torch
from torch import Generator, nn

from heatproof.data.imageset import ImageSet
from heatproof.train.attack import Attack, attacked

ROWS = 250
"""Images per batch."""


def accuracy(net: nn.Module, data: ImageSet) -> float:
    """Share of the images whose largest logit is their label's."""
    return _share(net, data, None, None)


def robust_accuracy(net: nn.Module, data: ImageSet, attack: Attack, random: Generator | None = None) -> float:
    """The same on images that the attack has moved."""
    return _share(net, data, attack, random)


def _share(net: nn.Module, data: ImageSet, attack: Attack | None, random: Generator | None) -> float:
    assert data.labels is not None
    training, hits, device = net.training, [], next(net.parameters()).device
    net.eval()
    try:
        for images, labels in zip(torch.split(data.images, ROWS), torch.split(data.labels, ROWS), strict=True):
            x, y = images.to(device), labels.to(device)
            z = x if attack is None else attacked(net, x, y, attack, random)
            with torch.no_grad():
                hits.append(net(z).argmax(1) == y)
    finally:
        net.train(training)
    return float(torch.cat(hits).float().mean())
