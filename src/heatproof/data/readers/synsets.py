"""ImageNet's 1,000 synsets by class number.

The number of a class is the place of its synset among all 1,000 in ascending order; the list is that of ILSVRC2012.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from heatproof.data.names import natural
from heatproof.data.readers.photographs import folders_in, images_in
from heatproof.vocabulary.errors import nearest, problem

_SYNSET = re.compile(r"n\d{8}")


@cache
def synsets() -> tuple[str, ...]:
    """n01440764 (tench, 0) to n15075141 (toilet tissue, 999)."""
    return tuple((files("heatproof.data.sets") / "imagenet_wnids.txt").read_text("utf-8").split())


@cache
def class_numbers() -> dict[str, int]:
    """Synset -> class number."""
    return {synset: number for number, synset in enumerate(synsets())}


def class_number(synset: str, place: object) -> int:
    """The class number of a synset; `place` is the file or folder that names it. Raises HP649."""
    number = class_numbers().get(synset)
    if number is None:
        raise problem("HP649", place=str(place), synset=synset, near=nearest(synset, synsets()))
    return number


def has_synsets(place: Path) -> bool:
    """Whether some folder in this one is named like a synset."""
    return place.is_dir() and any(_SYNSET.fullmatch(name) for name in folders_in(place))


def images_by_synset(place: Path) -> list[str]:
    """`n01440764/a.JPEG`: the images in folders that are named like synsets, in the order of the images' own names."""
    inside = [
        (folder, file)
        for folder in folders_in(place)
        if _SYNSET.fullmatch(folder)
        for file in images_in(place / folder)
    ]
    return [f"{folder}/{file}" for folder, file in sorted(inside, key=lambda pair: (natural(pair[1]), pair[0]))]
