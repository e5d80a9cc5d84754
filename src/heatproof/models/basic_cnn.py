"""The small network of the general benchmark (Gevaert et al. 2024) for MNIST and Fashion-MNIST."""

from __future__ import annotations

from torch import Tensor, nn

from heatproof.models.input import InputSpec

INPUT = InputSpec(1, 28, 28, mean=(0.1307,), std=(0.3081,))


class BasicCNN(nn.Module):
    """Two 3 x 3 convolutions without padding, one ReLU between them, max-pooling, dropout, two linear layers."""

    def __init__(self, channels: int = 1, side: int = 28, outputs: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 32, 3)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.pool = nn.MaxPool2d(2)
        self.dropout1 = nn.Dropout(0.25)
        self.fc1 = nn.Linear(64 * ((side - 4) // 2) ** 2, 128)
        self.relu2 = nn.ReLU()
        self.dropout2 = nn.Dropout(0.5)
        self.fc2 = nn.Linear(128, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of normalised images (N, C, S, S)."""
        x = self.conv2(self.relu1(self.conv1(x)))
        x = self.dropout1(self.pool(x)).flatten(1)
        logits: Tensor = self.fc2(self.dropout2(self.relu2(self.fc1(x))))
        return logits
