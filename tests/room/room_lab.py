"""Networks that misbehave, and a look at what the pre-flight says about them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from heatproof.models.preflight import Preflight, preflight
from heatproof.models.prepare import prepared

CPU = torch.device("cpu")


def pictures(n: int = 4, channels: int = 3, side: int = 16) -> Tensor:
    """Images in [0, 1], the same at every call."""
    return torch.rand(n, channels, side, side, generator=torch.Generator().manual_seed(4))


def look(net: nn.Module, x: Tensor | None = None) -> Preflight:
    """What the pre-flight finds."""
    with prepared(net, CPU) as room:
        return preflight(room, pictures() if x is None else x)


def built(make: Callable[[], nn.Module]) -> nn.Module:
    """The network with the same weights at every call."""
    with torch.random.fork_rng():
        torch.manual_seed(8)
        return make()


class Linear(nn.Module):
    """A plain classifier of 5 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 5)

    def logits(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x).relu().mean((2, 3)))

    def forward(self, x: Tensor) -> Any:
        return self.logits(x)


class Answering(Linear):
    """Answers `change(logits)`."""

    def __init__(self, change: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.change = change

    def forward(self, x: Tensor) -> Any:
        return self.change(self.logits(x))


def linear() -> nn.Module:
    """The plain classifier."""
    return built(Linear)


def answering(change: Callable[[Tensor], Any]) -> nn.Module:
    """The classifier whose answers are changed."""
    return built(lambda: Answering(change))
