"""ImageNet's 1,000 synsets by class number.

The number of a class is the place of its synset among all 1,000 in ascending order; the list is that of ILSVRC2012.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from heatproof.vocabulary.errors import nearest, problem


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
