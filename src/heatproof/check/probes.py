"""Networks whose truth is known: linear, steep, blind to some pixels, symmetric, written in two ways."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.families.seeded import CLASSES


class Line(nn.Module):
    """One linear layer on 8 x 8 pixels: a pixel contributes its weight times its value."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.fc = nn.Linear(64 * channels, CLASSES)

    def forward(self, x: Tensor) -> Any:
        return self.fc(x.flatten(1))

    def truth(self, x: Tensor, target: int) -> Tensor:
        """What every value of the images contributes to the logit."""
        return (self.fc.weight[target].detach().view(1, *x.shape[1:]) * x).to(x.dtype)


class Steep(nn.Module):
    """Its gradient at x >= 0 is 10,000 + x: the variance of it is that of x."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv, self.relu = nn.Conv2d(channels, channels, 1, bias=False), nn.ReLU()
        self.conv.weight.data = torch.eye(channels)[:, :, None, None]

    def forward(self, x: Tensor) -> Any:
        h = self.relu(self.conv(x))
        score = (10_000 * h + h.square() / 2).sum((1, 2, 3))
        return torch.stack([score, -score], 1)


class Bent(nn.Module):
    """A small convolutional network on 8 x 8 pixels, bent by ReLUs."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv, self.relu = nn.Conv2d(channels, 4, 3, padding=1), nn.ReLU()
        self.fc = nn.Linear(4 * 64, CLASSES)

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.relu(self.conv(x)).flatten(1))


class Weighed(nn.Module):
    """a f + b g of two networks."""

    def __init__(self, f: nn.Module, g: nn.Module, a: float, b: float) -> None:
        super().__init__()
        self.f, self.g, self.a, self.b = f, g, a, b

    def forward(self, x: Tensor) -> Any:
        return self.a * self.f(x) + self.b * self.g(x)


class Blind(nn.Module):
    """The network sees only the left half of the image, and not the last channel."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Any:
        return self.net(x * sight(x))


def sight(x: Tensor) -> Tensor:
    """1 where a `Blind` network sees, 0 elsewhere."""
    seen = torch.ones_like(x)
    seen[:, :, :, x.shape[3] // 2 :] = 0
    seen[:, -1] = 0
    return seen


class Mirrored(nn.Module):
    """f(x) + f(x mirrored): the left and the right half play the same part."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Any:
        return self.net(x) + self.net(x.flip(-1))


class Rewritten(nn.Module):
    """The function of a `Bent` network, computed otherwise: doubled and halved, and ReLU as (|h| + h) / 2."""

    def __init__(self, net: Bent) -> None:
        super().__init__()
        self.conv, self.fc = net.conv, net.fc

    def forward(self, x: Tensor) -> Any:
        h = 2 * self.conv(x)
        return self.fc((h.abs() + h).flatten(1) / 4)


class Late(nn.Module):
    """relu(relu(a) - 1 - relu(b)) of two convolutions a and b: the example of the paper on integrated gradients."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(channels, 2, 3, padding=1), nn.Linear(64, CLASSES)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()

    def forward(self, x: Tensor) -> Any:
        a, b = self.relu1(4 * self.conv(x)).unbind(1)
        return self.fc(self.relu2(a - 1 - b).flatten(1))


class Early(nn.Module):
    """The same function as relu(relu(a - 1) - relu(b))."""

    def __init__(self, net: Late) -> None:
        super().__init__()
        self.conv, self.fc = net.conv, net.fc
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()

    def forward(self, x: Tensor) -> Any:
        h = 4 * self.conv(x)
        a, b = self.relu1(torch.stack([h[:, 0] - 1, h[:, 1]], 1)).unbind(1)
        return self.fc(self.relu2(a - b).flatten(1))
