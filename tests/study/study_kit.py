"""A small network and small images, for studies that take a second; and all that a run has found, to compare."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn

import heatproof as hp

METHODS = ["gradient", ("smoothgrad", {"n": 6}), "grad_cam", "random"]
METRICS = [("deletion", {"steps": 5}), ("sensitivity_n", {"sizes": 2, "subsets": 6}), "gini"]


class SmallNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(2)
        self.fc = nn.Linear(16, 3)
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(torch.randn(p.shape, generator=generator) * 0.4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pool(self.relu(self.conv(x))).flatten(1))


def images(n: int) -> Tensor:
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(2))


def study(
    n: int = 4,
    *,
    methods: list[object] = METHODS,
    metrics: list[object] = METRICS,
    net: nn.Module | None = None,
    workers: object = "auto",
) -> hp.Study:
    options = {"controls": [], "batch": 8, "workers": workers}
    return hp.Study(net or SmallNet(), images(n), methods=methods, metrics=metrics, **options)


def content(folder: Path) -> tuple[str, str, dict[str, str]]:
    """The digest of the results, the table as text, and every map file with what is noted in it."""
    result = hp.read_result(folder)
    files = {
        str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.rglob("*.safetensors")
    }
    return result.view.digest, result.frame().to_csv(), files
