"""Folders named by synset (n01440764, ..) below `val` or `train`: ImageNet, ImageNette, any subset of the classes."""

from __future__ import annotations

import re
from pathlib import Path

from heatproof.data.folder import Picture
from heatproof.data.names import printable
from heatproof.data.readers.photographs import Photographs, folders_in, images_in
from heatproof.data.readers.synsets import class_number
from heatproof.models.imagenet import imagenet_classes
from heatproof.vocabulary.errors import problem

NETTE = ("imagenette2", "imagenette2-320", "imagenette2-160")
"""The folders that ImageNette's archives make, the largest images first."""

_SYNSET = re.compile(r"n\d{8}")


def read_photographs(home: Path, split: str) -> Photographs | None:
    """The split of a folder, or None where it holds no folders named by synset."""
    for place in (*(home / name / split for name in NETTE), home / split):
        if place.is_dir() and any(_SYNSET.fullmatch(name) for name in folders_in(place)):
            return _all(place)
    return None


def _all(place: Path) -> Photographs:
    pictures = []
    for synset in folders_in(place):
        number = class_number(synset, printable(str(place / synset)))
        inside = images_in(place / synset)
        if not inside:
            raise problem("HP647", path=printable(str(place / synset)))
        pictures += [Picture(printable(f"{synset}/{file}"), place / synset / file, number) for file in inside]
    return Photographs(pictures, imagenet_classes(), [])
