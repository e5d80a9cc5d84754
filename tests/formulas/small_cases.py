"""Twenty small networks in float64, each with an image: MLPs and CNNs, one and three channels, odd sizes."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from heatproof.models.classifier import Normalised
from heatproof.models.input import InputSpec

SHAPES = [(1, 7, 9), (3, 5, 8), (3, 9, 7), (1, 11, 6), (3, 6, 6)]


class Case(NamedTuple):
    """A model, an image (C, H, W) in [0, 1], the class to explain, and a map of random numbers."""

    model: nn.Module
    x: Tensor
    target: int
    phi: Tensor

    @property
    def images(self) -> Tensor:
        return self.x[None]

    @property
    def maps(self) -> Tensor:
        return self.phi[None]

    @property
    def zero(self) -> Tensor:
        """(C, 1, 1): the pixel values that the model maps to 0 first."""
        return self.model.mean[0] if isinstance(self.model, Normalised) else torch.zeros_like(self.x[:, :1, :1])

    @property
    def unit(self) -> Tensor:
        """(C, 1, 1): what it divides them by."""
        return self.model.std[0] if isinstance(self.model, Normalised) else torch.ones_like(self.x[:, :1, :1])

    @property
    def inner(self) -> nn.Module:
        """The network behind its normalisation."""
        assert isinstance(self.model, Normalised)
        return self.model.net


def case(number: int, *, convolutional: bool | None = None) -> Case:
    """Case `number`; even numbers have a CNN and odd ones an MLP unless one kind is wanted."""
    generator = torch.Generator().manual_seed(1000 + number)
    shape = SHAPES[number % len(SHAPES)]
    wants_cnn = number % 2 == 0 if convolutional is None else convolutional
    model = (_cnn if wants_cnn else _mlp)(shape, number).double().eval()
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=torch.float64) * (0.6 if p.ndim > 1 else 0.2)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.running_var = 0.5 + torch.rand(m.num_features, generator=generator, dtype=torch.float64)
    x = torch.rand(shape, generator=generator, dtype=torch.float64)
    phi = torch.randn(shape, generator=generator, dtype=torch.float64)
    return Case(model, x, number % 4, phi)


def normalising(number: int) -> Case:
    """Case `number`, whose model subtracts a mean and divides by a deviation of each channel first."""
    c = case(number)
    k = len(c.x)
    spec = InputSpec(*c.x.shape, mean=(0.48, 0.31, 0.55)[:k], std=(0.25, 0.4, 0.1)[:k])
    return c._replace(model=Normalised(c.model, spec).double().eval())


def _mlp(shape: tuple[int, ...], number: int) -> nn.Sequential:
    wide = shape[0] * shape[1] * shape[2]
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(wide, 12),
        nn.ReLU(inplace=number % 3 == 0),
        nn.Linear(12, 8),
        nn.ReLU(),
        nn.Linear(8, 4),
    )


def _cnn(shape: tuple[int, ...], number: int) -> nn.Sequential:
    channels, height, width = shape
    pool = nn.MaxPool2d(2) if number % 4 == 0 else nn.AvgPool2d(2)
    return nn.Sequential(
        nn.Conv2d(channels, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=number % 3 == 0),
        pool,
        nn.Conv2d(4, 5, 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(5 * (height // 2 - 1) * (width // 2 - 1), 4),
    )


TWENTY = pytest.mark.parametrize("number", range(20))


def close(found: Tensor, expected: Tensor, share: float = 1e-8) -> None:
    """Equal up to a share of the largest value."""
    size = float(expected.abs().max())
    torch.testing.assert_close(found.double(), expected.double(), rtol=share, atol=share * size)
