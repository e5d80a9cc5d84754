"""The small network that reads the planted images."""

from __future__ import annotations

from torch import Tensor, nn

from heatproof.models.input import InputSpec

INPUT = InputSpec(3, 32, 32)
CLASSES = ("horizontal", "vertical", "diagonal", "checks")


class PlantedCNN(nn.Module):
    """Three convolutions, the mean over places, one linear layer: it must find the texture wherever it lies."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(32, 48, 3, padding=1)
        self.relu3 = nn.ReLU()
        self.pool3 = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(48, 4)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the four textures."""
        x = self.relu1(self.conv1(x))
        x = self.pool2(self.relu2(self.conv2(x)))
        x = self.pool3(self.relu3(self.conv3(x)))
        logits: Tensor = self.fc(x.flatten(1))
        return logits
