"""Networks whose paths part and meet again: sums, concatenations, parallel branches."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.families.seeded import CLASSES


class Block(nn.Module):
    """One ReLU, in place and called twice, the second time on a sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Any:
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

    def forward(self, x: Tensor) -> Any:
        x = self.layer1(self.stem(x))
        return self.fc(self.drop(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)))


class Dense(nn.Module):
    """Concatenated features, ReLU in place on the final norm, as DenseNet does."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(channels, 4, 3, padding=1)
        self.norm1, self.conv1 = nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3, padding=1)
        self.norm2, self.conv2 = nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3, padding=1)
        self.norm5, self.classifier = nn.BatchNorm2d(12), nn.Linear(12, CLASSES)

    def forward(self, x: Tensor) -> Any:
        a = self.conv0(x)
        b = torch.cat([a, self.conv1(nn.functional.relu(self.norm1(a)))], 1)
        c = torch.cat([b, self.conv2(nn.functional.relu(self.norm2(b)))], 1)
        c = nn.functional.relu(self.norm5(c), inplace=True)
        return self.classifier(torch.flatten(nn.functional.adaptive_avg_pool2d(c, (1, 1)), 1))


class Inception(nn.Module):
    """Parallel branches; answers (logits, auxiliary logits) in training mode, or always."""

    def __init__(self, channels: int, *, always: bool = False) -> None:
        super().__init__()
        self.always = always
        self.narrow, self.wide = nn.Conv2d(channels, 4, 1), nn.Conv2d(channels, 4, 3, padding=1)
        self.mix, self.fc, self.aux = nn.Conv2d(8, 8, 3, padding=1), nn.Linear(8, CLASSES), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        h = torch.cat([self.narrow(x).relu(), self.wide(x).relu()], 1)
        logits = self.fc(nn.functional.relu(self.mix(h)).mean((2, 3)))
        if self.training or self.always:
            return logits, self.aux(h.mean((2, 3)))
        return logits
