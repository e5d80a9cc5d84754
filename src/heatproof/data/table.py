"""Many small images of one shape in a few files: the labels of all, and the pixels only of those that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from heatproof.data.imageset import ImageSet
from heatproof.data.order import shuffled
from heatproof.vocabulary.errors import problem

Labels = NDArray[np.int64]
Pixels = NDArray[np.uint8]


class Part(NamedTuple):
    """One file of a split."""

    labels: Labels
    """(n,)"""
    pixels: Callable[[NDArray[Any]], Pixels]
    """Places (k,) in this file -> (k, C, H, W) uint8; called once."""


class Table(NamedTuple):
    """A split, as its files hold it."""

    parts: tuple[Part, ...]
    classes: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    """What each image is called in its file, where that is not its place."""

    @property
    def labels(self) -> Tensor:
        """(N,) int64 of all images in the order of the files."""
        return torch.from_numpy(np.concatenate([part.labels for part in self.parts]))

    def pixels(self, places: Tensor) -> Tensor:
        """(n, C, H, W) float32 in [0, 1] of the images at these places, in this order."""
        wanted = places.numpy()
        found: Pixels | None = None
        start = 0
        for part in self.parts:
            mine = (wanted >= start) & (wanted < start + len(part.labels))
            if mine.any():
                read = part.pixels(wanted[mine] - start)
                found = np.empty((len(wanted), *read.shape[1:]), np.uint8) if found is None else found
                found[mine] = read
            start += len(part.labels)
        assert found is not None, "no image was asked for"
        return torch.from_numpy(found).float() / 255


def from_table(
    name: str, table: Table, images: int | None, *, split: str, seed: int, source: str, backwards: bool = False
) -> ImageSet:
    """The first `images` of a split, the classes taking turns; `seed` orders each class."""
    labels = table.labels
    order = shuffled(labels, name, split, seed)
    order = (order.flip(0) if backwards else order)[:images]
    return ImageSet(
        name=name,
        images=table.pixels(order),
        ids=tuple(f"{name}-{split}-{_number(table, i)}" for i in order.tolist()),
        labels=labels[order],
        classes=table.classes,
        source=source,
    )


def checked_labels(labels: Sequence[int] | NDArray[Any], classes: int, images: int, place: object) -> Labels:
    """Labels as whole numbers below `classes`, one for each image; raises HP644 or HP645."""
    numbers = np.asarray(labels)
    if len(numbers) != images or not images:
        raise problem("HP644", place=str(place), labels=len(numbers), images=images)
    whole = np.issubdtype(numbers.dtype, np.integer)
    bad = np.nonzero((numbers < 0) | (numbers >= classes))[0] if whole else np.arange(1)
    if len(bad):
        raise problem("HP645", place=str(place), label=numbers[bad[0]], image=int(bad[0]), last=classes - 1)
    return numbers.astype(np.int64)


def _number(table: Table, place: int) -> str:
    return table.numbers[place] if table.numbers else f"{place:05d}"
