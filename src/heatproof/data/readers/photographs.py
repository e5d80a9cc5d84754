"""Photographs of a known set: which there are, before any is opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from heatproof.data.decode import SUFFIXES
from heatproof.data.folder import Picture, Skipped
from heatproof.data.names import natural
from heatproof.data.order import shuffled


class Photographs(NamedTuple):
    """A split of a set of photographs."""

    pictures: Iterable[Picture]
    """In the order in which they are used."""
    classes: tuple[str, ...]
    skipped: Skipped
    """Filled while the pictures are looked at."""


def in_turns(pictures: Sequence[Picture], *name: object, backwards: bool = False) -> list[Picture]:
    """The classes taking turns, each in the random order that belongs to this name; every picture has a label."""
    order = shuffled(torch.tensor([picture.label for picture in pictures]), *name).tolist()
    return [pictures[i] for i in (reversed(order) if backwards else order)]


def images_in(folder: Path) -> list[str]:
    """Names of the image files directly in a folder, in natural order; hidden and other files are left alone."""
    with os.scandir(folder) as entries:
        names = [e.name for e in entries if e.name.lower().endswith(SUFFIXES) and not e.name.startswith(".")]
    return sorted(names, key=natural)


def folders_in(folder: Path) -> list[str]:
    """Names of the folders directly in a folder, sorted; hidden ones are left alone."""
    with os.scandir(folder) as entries:
        return sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
