"""One layer after the other: perceptrons and plain convolutional networks, their activations called in many ways."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.families.seeded import CLASSES


class Mlp(nn.Module):
    """Only for images of 8 x 8 pixels; a tanh before a ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(64 * channels, 12)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(12, CLASSES)

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.drop(torch.tanh(self.hidden(x.flatten(1))).relu()))


class Plain(nn.Module):
    """Convolutions, ReLU modules, pooling."""

    def __init__(self, channels: int, width: int = 8) -> None:
        super().__init__()
        self.conv1, self.relu1 = nn.Conv2d(channels, 4, 3, padding=1), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv2d(4, width, 3, padding=1), nn.ReLU()
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(width, CLASSES)

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.pool(self.relu2(self.conv2(self.relu1(self.conv1(x))))).flatten(1))


class Vgg(nn.Module):
    """Max pooling between convolutions, hidden linear layers with dropout as the head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, 4, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 8, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(nn.Linear(32, 12), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(12, CLASSES))

    def forward(self, x: Tensor) -> Any:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class InPlace(nn.Module):
    """Batch norm and ReLU modules in place, each its own."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.Conv2d(4, 8, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.AvgPool2d(2, ceil_mode=True),
        )
        self.fc = nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        return self.fc(self.body(x).mean((2, 3)))


class Reused(nn.Module):
    """One in-place ReLU for everything, whose return value is ignored once; max pooling."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.conv1, self.conv2 = nn.Conv2d(channels, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.pool, self.fc = nn.MaxPool2d(2, ceil_mode=True), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        h = self.conv1(x)
        self.relu(h)
        return self.fc(self.pool(self.relu(self.conv2(h))).mean((2, 3)))


class Functional(nn.Module):
    """No activation module at all; view() instead of flatten()."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)
        self.fc = nn.Linear(6 * 4, CLASSES)

    def forward(self, x: Tensor) -> Any:
        x = nn.functional.relu(self.conv1(x))
        x = self.conv2(x).relu_()
        x = nn.functional.adaptive_avg_pool2d(x, 2)
        return self.fc(x.view(x.shape[0], -1))


class Named(Plain):
    """Answers a dictionary."""

    def forward(self, x: Tensor) -> Any:
        logits = super().forward(x)
        return {"features": x.mean((2, 3)), "logits": logits, "loss": None}


class Careless(Plain):
    """Normalises its input in place."""

    def forward(self, x: Tensor) -> Any:
        x -= 0.5
        x *= 2
        return super().forward(x)


class OddWidth(Plain):
    """Seven values go into the linear layer."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, 7)
