"""Networks for small devices: depthwise convolutions, ReLU6, Hardswish and SiLU, squeeze and excitation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from heatproof.check.families.seeded import CLASSES


def conv(width: int, out: int, kernel: int, act: Callable[[], nn.Module], groups: int = 1) -> nn.Sequential:
    """Convolution, batch norm, activation."""
    weights = nn.Conv2d(width, out, kernel, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(weights, nn.BatchNorm2d(out), act())


class Mobile(nn.Module):
    """MobileNetV2's parts: depthwise separable convolutions with ReLU6."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        relu6 = lambda: nn.ReLU6(inplace=True)  # noqa: E731
        self.features = nn.Sequential(
            conv(channels, 4, 3, relu6), conv(4, 4, 3, relu6, groups=4), conv(4, 8, 1, nn.ReLU6)
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, CLASSES))

    def forward(self, x: Tensor) -> Any:
        return self.classifier(self.features(x).mean([2, 3]))


class Squeeze(nn.Module):
    """Squeeze and excitation: channels are multiplied by gates that depend on the whole image."""

    def __init__(self, width: int, act: Callable[[], nn.Module], gate: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc1, self.act = nn.Conv2d(width, 4, 1), act()
        self.fc2, self.gate = nn.Conv2d(4, width, 1), gate()

    def forward(self, x: Tensor) -> Any:
        return x * self.gate(self.fc2(self.act(self.fc1(self.pool(x)))))


class Squeezing(nn.Module):
    """MobileNetV3's parts: Hardswish, squeeze and excitation with a hard sigmoid."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            conv(channels, 4, 3, nn.Hardswish),
            conv(4, 8, 1, lambda: nn.ReLU(inplace=True)),
            Squeeze(8, nn.ReLU, nn.Hardsigmoid),
            conv(8, 8, 1, lambda: nn.Hardswish(inplace=True)),
        )
        self.classifier = nn.Sequential(nn.Linear(8, 12), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(12, CLASSES))

    def forward(self, x: Tensor) -> Any:
        return self.classifier(self.features(x).mean([2, 3]))


class Efficient(nn.Module):
    """EfficientNet's parts: SiLU in place, squeeze and excitation with a sigmoid, a residual bottleneck."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        silu = lambda: nn.SiLU(inplace=True)  # noqa: E731
        self.stem = conv(channels, 8, 3, silu)
        self.block = nn.Sequential(
            conv(8, 16, 1, silu),
            conv(16, 16, 3, silu, groups=16),
            Squeeze(16, silu, nn.Sigmoid),
            conv(16, 8, 1, nn.Identity),
        )
        self.head = conv(8, 8, 1, silu)
        self.avgpool, self.drop, self.fc = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.2), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        h = self.stem(x)
        h = self.head(h + self.block(h))
        return self.fc(self.drop(self.avgpool(h).flatten(1)))
