"""CIFAR-10 and CIFAR-100 in three forms: pickles (`python version`), `binary version`, and batches as PNG.

pickle   a dictionary with `data` (n, 3072) uint8, red, green and blue planes, and `labels` or `fine_labels`
binary   per image the label (CIFAR-100: coarse, fine) as one byte each, then 3,072 bytes
PNG      1024 x n pixels: each row is one image of 32 x 32; the labels in a JSON list
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heatproof.data.readers.cifar_names import CLASSES
from heatproof.data.readers.plain_pickle import read_plain
from heatproof.data.table import Part, Pixels, Table, checked_labels
from heatproof.vocabulary.errors import problem

SIZE = 3 * 32 * 32
ROWS = 60_000
"""No PNG batch has more images: Pillow takes the pixels of so many without asking."""

_TEN = {"test": ["test_batch"], "train": [f"data_batch_{i}" for i in range(1, 6)]}
_PICKLES = {"cifar10": ("cifar-10-batches-py", _TEN), "cifar100": ("cifar-100-python", {s: [s] for s in _TEN})}
_BINARIES = {"cifar10": ("cifar-10-batches-bin", _TEN), "cifar100": ("cifar-100-binary", {s: [s] for s in _TEN})}


def read_table(name: str, home: Path, split: str) -> Table | None:
    """The split of a folder in the first form that is there."""
    classes = CLASSES[name]
    if files := _all(home, *_PICKLES[name], split, ""):
        return Table(tuple(_pickled(path, len(classes)) for path in files), classes)
    if files := _all(home, *_BINARIES[name], split, ".bin"):
        return Table(tuple(_binary(path, len(classes)) for path in files), classes)
    if name == "cifar10" and (files := _all(home, "", _TEN, split, ".png")):
        return Table(_png_parts(files, home, split), classes)
    return None


def _all(home: Path, inner: str, files: dict[str, list[str]], split: str, suffix: str) -> list[Path]:
    """The files of a split, in the folder that the archive makes or in the given one; none unless all are there."""
    for folder in (home / inner, home):
        found = [folder / f"{name}{suffix}" for name in files[split]]
        if all(path.is_file() for path in found):
            return found
    return []


def _pickled(path: Path, classes: int) -> Part:
    content = read_plain(path)
    labels = content.get("labels" if classes == 10 else "fine_labels")
    if not isinstance(labels, list):
        raise problem(
            "HP643", path=path, format="CIFAR pickle", reason=f"it has no list of labels for {classes} classes"
        )
    rows = _rows(content, path)
    return Part(checked_labels(labels, classes, len(rows), path), partial(_from_pickle, path))


def _rows(content: dict[str, Any], path: Path) -> NDArray[np.uint8]:
    rows = content.get("data")
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.shape[1] != SIZE:
        shape = rows.shape if isinstance(rows, np.ndarray) else "none"
        raise problem("HP643", path=path, format="CIFAR pickle", reason=f"wanted `data` of (n, {SIZE}), found {shape}")
    return np.asarray(rows, np.uint8)


def _from_pickle(path: Path, places: NDArray[Any]) -> Pixels:
    # Read again: holding all batches of a split would cost 150 MB for the sake of a few images.
    rows: Pixels = _rows(read_plain(path), path)[places]
    return rows.reshape(-1, 3, 32, 32)


def _binary(path: Path, classes: int) -> Part:
    ahead = 1 if classes == 10 else 2
    size = path.stat().st_size
    if not size or size % (ahead + SIZE):
        raise problem("HP643", path=path, format="CIFAR binary", reason=f"{size} bytes, no multiple of {ahead + SIZE}")
    rows = np.memmap(path, np.uint8, "r").reshape(-1, ahead + SIZE)
    labels = checked_labels(rows[:, ahead - 1], classes, len(rows), path)
    return Part(labels, lambda places: np.asarray(rows[places, ahead:]).reshape(-1, 3, 32, 32))


def _png_parts(files: Sequence[Path], home: Path, split: str) -> tuple[Part, ...]:
    # The package that carries these files writes `lables`.
    names = [home / f"{split}_{word}.json" for word in ("labels", "lables")]
    place = next((path for path in names if path.is_file()), names[0])
    try:
        said = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise problem("HP643", path=place, format="JSON", reason=error) from error
    heights = [_height(path) for path in files]
    if not isinstance(said, list) or not all(type(label) is int for label in said):
        raise problem("HP643", path=place, format="JSON", reason="wanted a list of whole numbers")
    labels = checked_labels(said, 10, sum(heights), place)
    starts = np.cumsum([0, *heights])
    return tuple(
        Part(labels[start : start + height], partial(_from_png, path))
        for path, start, height in zip(files, starts, heights, strict=False)
    )


def _height(path: Path) -> int:
    """How many images a PNG holds, by its header."""
    with _opened(path) as image:
        (width, height), mode = image.size, image.mode
    if width != 1024 or height > ROWS or mode != "RGB":
        raise problem("HP643", path=path, format="PNG batch", reason=f"{width} x {height} {mode}, wanted 1024 x n RGB")
    return height


def _opened(path: Path) -> Image.Image:
    """The image with its header read."""
    try:
        return Image.open(path, formats=("PNG",))
    except Exception as error:  # decoders meet hostile bytes with any exception there is
        raise problem("HP643", path=path, format="PNG batch", reason="not an image, or damaged") from error


def _from_png(path: Path, places: NDArray[Any]) -> Pixels:
    try:
        with _opened(path) as image:
            rows: Pixels = np.asarray(image)[places]
    except OSError as error:
        raise problem("HP643", path=path, format="PNG batch", reason=f"damaged: {error}") from error
    return rows.reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2)
