"""The two networks of the sanity checks (Adebayo et al. 2018) for 28 x 28 grey images in [0, 1], in full width."""

from __future__ import annotations

from torch import Tensor, nn

from heatproof.models.input import InputSpec
from heatproof.models.truncated import TruncatedConv2d, TruncatedLinear

INPUT = InputSpec(1, 28, 28)


class SanityMLP(nn.Module):
    """784 - 2500 - 1500 - 500 - 10 with ReLUs between; weights begin with s = 2 / sqrt(inputs), biases at 0."""

    def __init__(self, inputs: int = 28 * 28, outputs: int = 10) -> None:
        super().__init__()
        self.hidden1 = TruncatedLinear(inputs, 2500)
        self.relu1 = nn.ReLU()
        self.hidden2 = TruncatedLinear(2500, 1500)
        self.relu2 = nn.ReLU()
        self.hidden3 = TruncatedLinear(1500, 500)
        self.relu3 = nn.ReLU()
        self.logits = TruncatedLinear(500, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of images (N, C, H, W)."""
        x = self.relu1(self.hidden1(x.flatten(1)))
        x = self.relu2(self.hidden2(x))
        logits: Tensor = self.logits(self.relu3(self.hidden3(x)))
        return logits


class SanityCNN(nn.Module):
    """Two 5 x 5 convolutions (32, 64) with max-pooling, then 1024 units; weights begin with s = 0.1, biases at 0.1."""

    def __init__(self, channels: int = 1, side: int = 28, outputs: int = 10) -> None:
        super().__init__()
        self.hidden1 = TruncatedConv2d(channels, 32, 5, s=0.1, bias0=0.1)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2, ceil_mode=True)
        self.hidden2 = TruncatedConv2d(32, 64, 5, s=0.1, bias0=0.1)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2, ceil_mode=True)
        self.fc1 = TruncatedLinear(64 * (-(-side // 4)) ** 2, 1024, s=0.1, bias0=0.1)
        self.relu3 = nn.ReLU()
        self.softmax_linear = TruncatedLinear(1024, outputs, s=0.1, bias0=0.1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of images (N, C, S, S)."""
        x = self.pool1(self.relu1(self.hidden1(x)))
        x = self.pool2(self.relu2(self.hidden2(x)))
        logits: Tensor = self.softmax_linear(self.relu3(self.fc1(x.flatten(1))))
        return logits
