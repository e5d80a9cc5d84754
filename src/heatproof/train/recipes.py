"""How each shipped network is trained: its data, its changes of the images, its length."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import affine_grid, grid_sample

from heatproof.data.imageset import ImageSet
from heatproof.data.mnist5k import mnist5k
from heatproof.data.planted import planted
from heatproof.models.digits import DigitsCNN, DigitsMLP
from heatproof.models.planted import PlantedCNN
from heatproof.vocabulary.errors import problem

Change = Callable[[Tensor, Generator], Tensor]


@dataclass(frozen=True)
class Recipe:
    """What `train` needs to know about one network."""

    build: Callable[[], nn.Module]
    data: Callable[[str], ImageSet]
    """split ("train" or "test") -> labelled images."""
    change: Change
    """Draws a new variant of every image of a batch."""
    epochs: int
    required: float
    """Accuracy on the test split that the shipped weights must reach."""
    rate: float = 2e-3
    batch: int = 64
    by_heart: int = 0
    """Epochs after which it knows random labels of its training images; 0 for a network too small to."""


def jiggled(x: Tensor, random: Generator) -> Tensor:
    """Each image turned by up to 12 degrees, scaled by up to 10 % and moved by up to 2 of 28 pixels."""

    def uniform(reach: float, *shape: int) -> Tensor:
        return reach * (2 * torch.rand(*shape, generator=random) - 1)

    angle, scale = uniform(math.radians(12), len(x)), 1 + uniform(0.1, len(x))
    moved = uniform(2 / 14, len(x), 2, 1)
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
    grid = affine_grid(torch.cat([scale[:, None, None] * turn, moved], 2), list(x.shape), align_corners=False)
    return grid_sample(x, grid, align_corners=False)


def mirrored(x: Tensor, random: Generator) -> Tensor:
    """Each image as it is or turned by half a turn, which no planted texture minds."""
    turned = torch.rand(len(x), 1, 1, 1, generator=random) < 0.5
    return torch.where(turned, x.flip(2, 3), x)


def by_heart(name: str, random: Generator) -> Recipe:
    """The recipe for labels that are permuted once: every class keeps its number of images, the test labels stay."""
    recipe = RECIPES[name]
    if not recipe.by_heart:
        raise problem("HP952", name=name, known=", ".join(n for n, r in RECIPES.items() if r.by_heart))
    train = recipe.data("train")
    assert train.labels is not None
    permuted = replace(train, labels=train.labels[torch.randperm(len(train), generator=random)])
    return replace(
        recipe,
        data=lambda split: permuted if split == "train" else recipe.data(split),
        change=lambda x, _: x,  # variants of an image would each have to be learned
        epochs=recipe.by_heart,
    )


def _digits(split: str) -> ImageSet:
    return mnist5k(split=split)


def _planted(split: str) -> ImageSet:
    return planted(8000 if split == "train" else 1000, split=split)


RECIPES: dict[str, Recipe] = {
    "digits-cnn": Recipe(DigitsCNN, _digits, jiggled, epochs=24, required=0.97, by_heart=48),
    "digits-mlp": Recipe(DigitsMLP, _digits, jiggled, epochs=120, required=0.97, by_heart=50),
    "planted-cnn": Recipe(PlantedCNN, _planted, mirrored, epochs=8, required=0.97),
}
