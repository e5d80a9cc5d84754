"""The 20 images of each of four sets that the package foolbox carries: NAME_NUMBER_CLASS.png."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heatproof.data.readers.cifar_names import CLASSES as CIFAR
from heatproof.data.readers.idx import NAMES
from heatproof.data.table import Part, Pixels, Table, checked_labels
from heatproof.models.package import package_folder
from heatproof.vocabulary.errors import problem

COUNT = 20
WORDS = {"mnist": "mnist", "fashion-mnist": "fashionMNIST", "cifar10": "cifar10", "cifar100": "cifar100"}
CLASSES = {**NAMES, **CIFAR}


def read_samples(name: str) -> Table | None:
    """The samples of a set, where foolbox is installed; it is not imported."""
    place = package_folder("foolbox")
    word = WORDS.get(name)
    if place is None or word is None:
        return None
    found = [
        (path, match[1], int(match[2]))
        for path in sorted((place / "data").glob(f"{word}_*.png"))
        if (match := re.fullmatch(rf"{word}_(\d+)_(\d+)", path.stem))
    ]
    if not found:
        return None
    files = [path for path, _, _ in found]
    labels = checked_labels([label for _, _, label in found], len(CLASSES[name]), len(files), files[0].parent)
    numbers = tuple(f"foolbox-{number}" for _, number, _ in found)
    return Table((Part(labels, partial(_pixels, files)),), CLASSES[name], numbers)


def _pixels(files: list[Path], places: NDArray[Any]) -> Pixels:
    try:
        images = [_image(files[i]) for i in places]
    except OSError as error:
        raise problem("HP643", path=files[0].parent, format="PNG", reason=error) from error
    rows = np.stack([image if image.ndim == 3 else image[..., None] for image in images])
    return rows.transpose(0, 3, 1, 2)


def _image(file: Path) -> Pixels:
    with Image.open(file, formats=("PNG",)) as image:
        return np.asarray(image)
