"""Caltech-256: one folder per class, 001.ak47 to 257.clutter; as published, or divided into Train and Test.

The authors give no split. Of the published form every fifth image of a class, in the order of their names, is for
evaluation and the others are for training.
"""

from __future__ import annotations

import re
from pathlib import Path

from heatproof.data.folder import Picture
from heatproof.data.names import printable
from heatproof.data.readers.photographs import Photographs, folders_in, images_in
from heatproof.vocabulary.errors import problem

COUNT = 257
TEST_EVERY = 5

_CLASS = re.compile(r"(\d{3})\.(.+)")


def read_photographs(home: Path, split: str) -> Photographs | None:
    """The split of a folder, or None where it has no such folders."""
    for divided in (split.capitalize(), split):
        if (home / divided).is_dir() and _numbered(home / divided):
            return _all(home / divided, None)
    for whole in (home / "256_ObjectCategories", home):
        if whole.is_dir() and _numbered(whole):
            return _all(whole, split)
    return None


def _numbered(place: Path) -> dict[int, str]:
    """Class number, from 1, of each class folder."""
    return {int(match[1]): name for name in folders_in(place) if (match := _CLASS.fullmatch(name))}


def _all(place: Path, split: str | None) -> Photographs:
    """The images of all 257 class folders; those of one split where the folder holds both."""
    names = _numbered(place)
    if missing := sorted(set(range(1, COUNT + 1)) - names.keys()):
        raise problem(
            "HP646", path=printable(str(place)), number=f"{missing[0]:03d}", missing=len(missing), count=COUNT
        )
    pictures = []
    for number in range(1, COUNT + 1):
        inside = images_in(place / names[number])
        if not inside:
            raise problem("HP647", path=printable(str(place / names[number])))
        for i, file in enumerate(inside):
            if split is None or (i % TEST_EVERY == TEST_EVERY - 1) == (split == "test"):
                id = printable(f"{names[number]}/{file}")
                pictures.append(Picture(id, place / names[number] / file, number - 1))
    classes = tuple(printable(names[number].split(".", 1)[1]) for number in range(1, COUNT + 1))
    return Photographs(pictures, classes, [])
