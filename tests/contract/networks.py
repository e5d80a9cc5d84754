"""Small members of the families of networks that people evaluate, each with the habit that trips tools up.

What goes into a linear layer has a multiple of four values: with others, the matrix product of the CPU rounds odd
rows of a batch differently (`OddWidth` shows it), and equal bits are then not to be had at any batch shape.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CLASSES = 5


def seeded(build: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    """The network with the weights of this seed, batch norms with statistics of their own, in training mode."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = build()
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.2)  # type: ignore[union-attr, operator]
                m.running_var.uniform_(0.5, 2)  # type: ignore[union-attr, operator]
                nn.init.uniform_(m.weight, 0.5, 1.5)
    return net.train()


class Mlp(nn.Module):
    """Only for images of 8 x 8 pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(64 * channels, 12)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(12, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.drop(torch.tanh(self.hidden(x.flatten(1))).relu()))


class Plain(nn.Module):
    """Convolutions, ReLU modules, pooling."""

    def __init__(self, channels: int, width: int = 8) -> None:
        super().__init__()
        self.conv1, self.relu1 = nn.Conv2d(channels, 4, 3, padding=1), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv2d(4, width, 3, padding=1), nn.ReLU()
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pool(self.relu2(self.conv2(self.relu1(self.conv1(x))))).flatten(1))


class Block(nn.Module):
    """One ReLU, in place and called twice, the second time on a sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += x
        return self.relu(out)


class Residual(nn.Module):
    """Batch norm, residual sums and dropout."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8))
        self.layer1 = Block(8)
        self.drop, self.fc = nn.Dropout(0.5), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer1(self.stem(x))
        return self.fc(self.drop(F.adaptive_avg_pool2d(x, 1).flatten(1)))


class Dense(nn.Module):
    """Concatenated features, ReLU in place on the final norm, as DenseNet does."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(channels, 4, 3, padding=1)
        self.norm1, self.conv1 = nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3, padding=1)
        self.norm2, self.conv2 = nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3, padding=1)
        self.norm5, self.classifier = nn.BatchNorm2d(12), nn.Linear(12, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        a = self.conv0(x)
        b = torch.cat([a, self.conv1(F.relu(self.norm1(a)))], 1)
        c = torch.cat([b, self.conv2(F.relu(self.norm2(b)))], 1)
        c = F.relu(self.norm5(c), inplace=True)
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(c, (1, 1)), 1))


class Inception(nn.Module):
    """Parallel branches; answers (logits, auxiliary logits) in training mode, or always."""

    def __init__(self, channels: int, *, always: bool = False) -> None:
        super().__init__()
        self.always = always
        self.narrow, self.wide = nn.Conv2d(channels, 4, 1), nn.Conv2d(channels, 4, 3, padding=1)
        self.mix, self.fc, self.aux = nn.Conv2d(8, 8, 3, padding=1), nn.Linear(8, CLASSES), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        h = torch.cat([self.narrow(x).relu(), self.wide(x).relu()], 1)
        logits = self.fc(F.relu(self.mix(h)).mean((2, 3)))
        if self.training or self.always:
            return logits, self.aux(h.mean((2, 3)))
        return logits


class Reused(nn.Module):
    """One in-place ReLU for everything, whose return value is ignored once; max pooling."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.conv1, self.conv2 = nn.Conv2d(channels, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.pool, self.fc = nn.MaxPool2d(2, ceil_mode=True), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(x)
        self.relu(h)
        return self.fc(self.pool(self.relu(self.conv2(h))).mean((2, 3)))


class Functional(nn.Module):
    """No activation module at all; view() instead of flatten()."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)
        self.fc = nn.Linear(6 * 4, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = self.conv2(x).relu_()
        x = F.adaptive_avg_pool2d(x, 2)
        return self.fc(x.view(x.shape[0], -1))


class Smooth(nn.Module):
    """GELU and SiLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.norm, self.fc = nn.GroupNorm(2, 8), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.silu(self.norm(self.conv2(F.gelu(self.conv1(x))))).mean((2, 3)))


class Mobile(nn.Module):
    """Depthwise convolutions, ReLU6, and Hardswish when asked."""

    def __init__(self, channels: int, last: Callable[[], nn.Module] = nn.ReLU6) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU6(inplace=True)),
            nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, groups=4), nn.BatchNorm2d(4), nn.ReLU6(inplace=True)),
            nn.Sequential(nn.Conv2d(4, 8, 1), nn.BatchNorm2d(8), last()),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean([2, 3]))


class Named(Plain):
    """Answers a dictionary."""

    def forward(self, x: Tensor) -> Any:
        logits = super().forward(x)
        return {"features": x.mean((2, 3)), "logits": logits, "loss": None}


class Attention(nn.Module):
    """A transformer on patches: a class token, attention whose projection is never called, LayerNorm, GELU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(channels, 8, 2, 2)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm, self.fc = nn.LayerNorm(8), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        h = self.patch(F.pad(x, (0, 1, 0, 1))).flatten(2).transpose(1, 2)
        h = torch.cat([self.token.expand(len(h), -1, -1), h], 1)
        h = self.norm(h + self.attention(h, h, h, need_weights=False)[0])
        return self.fc(F.gelu(h[:, 0]))


class Careless(Plain):
    """Normalises its input in place."""

    def forward(self, x: Tensor) -> Tensor:
        x -= 0.5
        x *= 2
        return super().forward(x)


class OddWidth(Plain):
    """Seven values go into the linear layer."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, 7)


FAMILIES: dict[str, Callable[[int], nn.Module]] = {
    "mlp": Mlp,
    "plain cnn": Plain,
    "residual": Residual,
    "dense": Dense,
    "inception": Inception,
    "always a tuple": lambda channels: Inception(channels, always=True),
    "reused in place": Reused,
    "functional": Functional,
    "gelu silu": Smooth,
    "mobile relu6": Mobile,
    "mobile hardswish": lambda channels: Mobile(channels, nn.Hardswish),
    "dict": Named,
    "attention": Attention,
    "edits its input": Careless,
}


def network(family: str, channels: int = 3) -> nn.Module:
    """The network of a family, the same at every call."""
    return seeded(lambda: FAMILIES[family](channels))
