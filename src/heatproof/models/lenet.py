"""A LeNet-5-like network for 28 x 28 digits in [0, 1], of which standard and adversarially trained twins are public."""

from __future__ import annotations

from torch import Tensor, nn

from heatproof.models.input import InputSpec

INPUT = InputSpec(1, 28, 28)


class LeNet5(nn.Module):
    """Two 3 x 3 convolutions (32, 64) with max-pooling, 200 hidden units."""

    def __init__(self, channels: int = 1, side: int = 28, outputs: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 32, 3, padding=1)
        self.relu1 = nn.ReLU()
        self.maxpool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.maxpool2 = nn.MaxPool2d(2)
        self.linear1 = nn.Linear(64 * (side // 4) ** 2, 200)
        self.relu3 = nn.ReLU()
        self.linear2 = nn.Linear(200, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of images (N, C, S, S)."""
        x = self.maxpool1(self.relu1(self.conv1(x)))
        x = self.maxpool2(self.relu2(self.conv2(x)))
        logits: Tensor = self.linear2(self.relu3(self.linear1(x.flatten(1))))
        return logits
