"""Two small networks for 28 x 28 grey digits in [0, 1]: the shapes of the sanity-checks paper, a tenth of the width."""

from __future__ import annotations

from torch import Tensor, nn

from heatproof.models.input import InputSpec

INPUT = InputSpec(1, 28, 28)
CLASSES = tuple("0123456789")


class DigitsCNN(nn.Module):
    """Two convolutions and two linear layers, every step a module of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 5, padding=2)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(12, 24, 5, padding=2)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(24 * 7 * 7, 64)
        self.relu3 = nn.ReLU()
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the ten digits."""
        x = self.pool1(self.relu1(self.conv1(x)))
        x = self.pool2(self.relu2(self.conv2(x)))
        logits: Tensor = self.fc2(self.relu3(self.fc1(x.flatten(1))))
        return logits


class DigitsMLP(nn.Module):
    """Three hidden layers."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 192)
        self.relu1 = nn.ReLU()
        self.fc2 = nn.Linear(192, 96)
        self.relu2 = nn.ReLU()
        self.fc3 = nn.Linear(96, 48)
        self.relu3 = nn.ReLU()
        self.fc4 = nn.Linear(48, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the ten digits."""
        x = self.relu1(self.fc1(x.flatten(1)))
        x = self.relu2(self.fc2(x))
        logits: Tensor = self.fc4(self.relu3(self.fc3(x)))
        return logits
