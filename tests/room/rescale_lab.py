"""A network with one function in the middle, and the sums of its multipliers."""

from collections.abc import Callable

import torch
from room_lab import CPU, built
from torch import Tensor, nn

from heatproof.models.prepare import prepared
from heatproof.models.rescale import unruled
from heatproof.vocabulary.edits import Rescale
from heatproof.vocabulary.links import Link, linked


class Around(nn.Module):
    """conv, the function, a weighted sum of whatever comes out."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.register_buffer("weights", torch.randn(5000, 3))

    def forward(self, x: Tensor) -> Tensor:
        y = self.function(self.conv(x)).flatten(1)
        return y @ self.weights[: y.shape[1]]


def around(function: Callable[[Tensor], Tensor]) -> nn.Module:
    """The network in float64, the same at every call."""
    return built(lambda: Around(function)).double()


def pairs(n: int = 3, side: int = 8) -> tuple[Tensor, Tensor]:
    """Images and references of both signs."""
    generator = torch.Generator().manual_seed(3)
    x, r = (torch.randn(n, 3, side, side, generator=generator, dtype=torch.float64) for _ in range(2))
    return x, r


def multipliers(net: nn.Module, x: Tensor, r: Tensor, link: Link = "logit") -> Tensor:
    """m of the class 1."""
    targets = torch.ones(len(x), dtype=torch.long)
    with prepared(net, CPU) as room, room.edited((Rescale(),)):
        m, _ = room.gradient(torch.cat([x, r], 1), targets, link)
    return m


def lost(net: nn.Module, x: Tensor, r: Tensor, link: Link = "logit") -> float:
    """How far the sums are from the changes of the score, as a share of the largest change."""
    with prepared(net, CPU) as room:
        change = linked(room.logits(x), 1, link) - linked(room.logits(r), 1, link)
    total = (multipliers(net, x, r, link) * (x - r)).sum((1, 2, 3))
    return float((total - change).abs().max() / change.abs().max())


def without_rule(net: nn.Module) -> tuple[str, ...]:
    """What the survey finds."""
    with prepared(net, CPU) as room:
        return unruled(room, pairs()[0])
