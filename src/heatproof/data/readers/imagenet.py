"""Folders named by synset (n01440764, ..), below `val` or `train` or not: ImageNet, ImageNette, some of the classes."""

from __future__ import annotations

from pathlib import Path

from heatproof.data.folder import Picture
from heatproof.data.names import printable
from heatproof.data.readers.photographs import Photographs, folders_in, images_in
from heatproof.data.readers.synsets import class_number, has_synsets
from heatproof.data.sets.known import VALIDATION
from heatproof.models.imagenet import imagenet_classes
from heatproof.vocabulary.errors import problem

NETTE = ("imagenette2", "imagenette2-320", "imagenette2-160")
"""The folders that ImageNette's archives make, the largest images first."""


def read_photographs(home: Path, split: str) -> Photographs | None:
    """The split of a folder, or None where it holds no folders named by synset.

    Such folders that lie in it directly are for evaluation: nobody said that a model learned them.
    """
    places = [*(home / name / split for name in NETTE), home / split]
    found = next((p for p in (*places, home) if has_synsets(p) and (p != home or split == VALIDATION)), None)
    return None if found is None else _all(found)


def _all(place: Path) -> Photographs:
    pictures = []
    for synset in folders_in(place):
        number = class_number(synset, printable(str(place / synset)))
        inside = images_in(place / synset)
        if not inside:
            raise problem("HP647", path=printable(str(place / synset)))
        pictures += [Picture(printable(f"{synset}/{file}"), place / synset / file, number) for file in inside]
    return Photographs(pictures, imagenet_classes(), [])
