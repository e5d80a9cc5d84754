"""ResNet-20, 32, 44 and 56 for 32 x 32 images (He et al. 2016, section 4.2), with shortcuts without parameters."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import pad

from heatproof.models.input import InputSpec

INPUT = InputSpec(3, 32, 32, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
"""The normalisation under which the published weights of these networks were trained."""
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class CifarResNet(nn.Module):
    """A 3 x 3 stem and three stages of `blocks` blocks with 16, 32 and 64 channels; the mean over places decides."""

    def __init__(self, blocks: int, channels: int = 3, outputs: int = 10) -> None:
        super().__init__()
        self.conv1 = _convolution(channels, 16, 1)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu1 = nn.ReLU()
        self.layer1 = _stage(16, 16, blocks, 1)
        self.layer2 = _stage(16, 32, blocks, 2)
        self.layer3 = _stage(32, 64, blocks, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(64, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of normalised images (N, C, H, W)."""
        x = self.relu1(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        logits: Tensor = self.linear(self.pool(x).flatten(1))
        return logits


class Block(nn.Module):
    """Two convolutions with batch norm, added to the shortcut; each ReLU is a module of its own."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _convolution(width, out, stride)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu1 = nn.ReLU()
        self.conv2 = _convolution(out, out, 1)
        self.bn2 = nn.BatchNorm2d(out)
        self.shortcut = nn.Identity() if stride == 1 and width == out else PaddedShortcut(out - width, stride)
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """The block's output."""
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        out: Tensor = self.relu2(y + self.shortcut(x))
        return out


class PaddedShortcut(nn.Module):
    """Option A: every `stride`-th row and column, with channels of zeros before and after its own."""

    def __init__(self, more: int, stride: int) -> None:
        super().__init__()
        self.before, self.after, self.stride = more // 2, more - more // 2, stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C + more, H / stride, W / stride)."""
        return pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.after))


def _convolution(width: int, out: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(width, out, 3, stride, padding=1, bias=False)


def _stage(width: int, out: int, blocks: int, stride: int) -> nn.Sequential:
    """`blocks` blocks, the first of which changes the size."""
    return nn.Sequential(*(Block(width if i == 0 else out, out, stride if i == 0 else 1) for i in range(blocks)))
