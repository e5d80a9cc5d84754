"""Peers as oracles: each is compared where it is right, and skipped, with the reason, where it is not installed.

`make oracles` installs them all; `make test` runs with those that are there.
"""

import importlib
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn


def _imported(name: str) -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except Exception as cause:  # not installed, or not for this version of something else
            pytest.skip(f"{name}: {type(cause).__name__}: {cause}; `make oracles` installs what is compared here")


@pytest.fixture
def quantus(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    found = _imported("quantus")
    monkeypatch.setattr(np, "trapz", np.trapezoid, raising=False)  # numpy 2.4 has it no more, Quantus 0.6.0 calls it
    warnings.simplefilter("ignore")
    return found


@pytest.fixture
def pytorch_grad_cam() -> ModuleType:
    try:
        importlib.import_module("torchvision")
    except ImportError:
        pass
    except RuntimeError:  # built for another build of torch: its operators are missing, and none of them is needed
        _declare("nms", "qnms")
    warnings.simplefilter("ignore")
    return _imported("pytorch_grad_cam")


_libraries: list[Any] = []


def _declare(*operators: str) -> None:
    _libraries.append(torch.library.Library("torchvision", "FRAGMENT"))
    for name in operators:
        _libraries[-1].define(f"{name}(Tensor boxes, Tensor scores, float share) -> Tensor")


@pytest.fixture
def lime_base() -> ModuleType:
    warnings.simplefilter("ignore")
    return _imported("lime.lime_base")


@pytest.fixture
def krippendorff() -> ModuleType:
    return _imported("krippendorff")


class Cnn(nn.Module):
    """Three channels, 8 x 8 pixels, four classes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.relu1 = nn.Conv2d(3, 6, 3, padding=1), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv2d(6, 8, 3, padding=1), nn.ReLU()
        self.fc = nn.Linear(8 * 64, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.relu2(self.conv2(self.relu1(self.conv1(x)))).flatten(1))


@pytest.fixture
def model() -> nn.Module:
    """In float32, in which the peers compute."""
    net = Cnn()
    generator = torch.Generator().manual_seed(11)
    for p in net.parameters():
        p.data = torch.randn(p.shape, generator=generator) * 2 / p[0].numel() ** 0.5
    return net.eval()


@pytest.fixture
def x() -> Tensor:
    return torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(2))


@pytest.fixture
def flat() -> Tensor:
    """One map value per pixel: (3, 1, 8, 8)."""
    return torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def targets() -> Tensor:
    return torch.tensor([3, 1, 0])
