"""Places365, the small validation images: a folder val_256, and two lists beside it.

places365_val.txt         Places365_val_00000001.jpg 165
categories_places365.txt  /a/airfield 0
"""

from __future__ import annotations

from pathlib import Path

from heatproof.data.folder import Picture
from heatproof.data.names import printable
from heatproof.data.readers.photographs import Photographs, images_in
from heatproof.vocabulary.errors import problem

COUNT = 365


def read_photographs(home: Path, split: str) -> Photographs | None:
    """The split of a folder, or None where it has no folder val_256."""
    folder = home / "val_256"
    if not folder.is_dir():
        return None
    classes = _classes(_beside(home, "categories_places365.txt"))
    listing = _beside(home, "places365_val.txt")
    labels = read_list(listing, COUNT)
    there = images_in(folder)
    pictures = [Picture(printable(name), folder / name, labels[name]) for name in there if name in labels]
    if not pictures:
        example = printable(there[0]) if there else "none"
        raise problem("HP626", csv=listing, rows=len(labels), images=len(there), example=example)
    unknown = [(printable(name), f"has no row in {listing.name}") for name in there if name not in labels]
    return Photographs(pictures, classes, unknown)


def read_list(path: Path, classes: int) -> dict[str, int]:
    """File name -> class of lines `name class`, the classes counted from 0; raises HP643, HP645 or HP648."""
    found: dict[str, int] = {}
    for number, line in enumerate(_lines(path), 1):
        name, _, label = line.strip().rpartition(" ")
        if not name or not label.isdecimal():
            reason = f"line {number} is {printable(line.strip())[:40]!r}, wanted a name and a class number"
            raise problem("HP643", path=path, format="list", reason=reason)
        if int(label) >= classes:
            raise problem("HP645", place=f"{path}:{number}", label=label, image=printable(name), last=classes - 1)
        found[name.strip()] = int(label)
    return found


def _classes(path: Path) -> tuple[str, ...]:
    """`airfield` for `/a/airfield`, in the order of the numbers."""
    numbers = read_list(path, COUNT)
    if sorted(numbers.values()) != list(range(COUNT)):
        raise problem("HP643", path=path, format="list", reason=f"wanted each of the classes 0 to {COUNT - 1} once")
    names = sorted(numbers, key=lambda name: numbers[name])
    return tuple(printable(name.removeprefix("/").partition("/")[2] or name) for name in names)


def _beside(home: Path, name: str) -> Path:
    """A list, where the archives put it: in the same folder or in one of its own."""
    places = (home / name, home / "filelist_places365-standard" / name)
    return next((path for path in places if path.is_file()), places[0])


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise problem("HP648", path=path, reason=reason) from error
