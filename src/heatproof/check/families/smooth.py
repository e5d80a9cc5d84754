"""Networks without ReLU: smooth activations, layer norm, attention."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.families.seeded import CLASSES


class Smooth(nn.Module):
    """GELU and SiLU as functions, group norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.norm, self.fc = nn.GroupNorm(2, 8), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        return self.fc(nn.functional.silu(self.norm(self.conv2(nn.functional.gelu(self.conv1(x))))).mean((2, 3)))


class Convnext(nn.Module):
    """ConvNeXt's parts: depthwise 7 x 7, layer norm over channels that come last, GELU, a scaled residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, 8, 2, 2)
        self.depthwise, self.norm = nn.Conv2d(8, 8, 7, padding=3, groups=8), nn.LayerNorm(8)
        self.wide, self.act, self.narrow = nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8)
        self.scale = nn.Parameter(torch.full((8, 1, 1), 0.5))
        self.head = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, CLASSES))

    def forward(self, x: Tensor) -> Any:
        x = self.stem(nn.functional.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2)))
        h = self.depthwise(x).permute(0, 2, 3, 1)
        h = self.narrow(self.act(self.wide(self.norm(h)))).permute(0, 3, 1, 2)
        return self.head((x + self.scale * h).mean((2, 3)))


class Attention(nn.Module):
    """One attention over patches and a class token; its projection is used and never called."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(channels, 8, 2, 2)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm, self.fc = nn.LayerNorm(8), nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        h = self.patch(nn.functional.pad(x, (0, 1, 0, 1))).flatten(2).transpose(1, 2)
        h = torch.cat([self.token.expand(len(h), -1, -1), h], 1)
        h = self.norm(h + self.attention(h, h, h, need_weights=False)[0])
        return self.fc(nn.functional.gelu(h[:, 0]))


class Transformer(nn.Module):
    """A small vision transformer: written-out attention, a GELU perceptron, residual sums, the mean of all patches."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(channels, 8, 2, 2)
        self.norm1, self.norm2, self.norm = nn.LayerNorm(8), nn.LayerNorm(8), nn.LayerNorm(8)
        self.qkv, self.proj = nn.Linear(8, 24), nn.Linear(8, 8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x: Tensor) -> Any:
        h = self.patch(nn.functional.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2))).flatten(2).transpose(1, 2)
        q, k, v = self.qkv(self.norm1(h)).unflatten(2, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        h = h + self.proj(nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        h = h + self.mlp(self.norm2(h))
        return self.head(self.norm(h).mean(1))
