"""Any folder of photographs: flat, or with one folder per class, with or without a labels CSV."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from heatproof.data.boxes import Box, read_boxes
from heatproof.data.decode import SUFFIXES, Unreadable, read_image
from heatproof.data.fit import PHOTO, fit, fit_boxes
from heatproof.data.imageset import ImageSet
from heatproof.data.labels import Classes, Said, numbered, read_labels
from heatproof.data.names import natural, printable
from heatproof.data.order import round_robin
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import problem

Skipped = list[tuple[str, str]]


class Picture(NamedTuple):
    """One image file, its class number and the boxes around what is of that class, where they are known."""

    id: str
    path: Path
    label: int | None
    boxes: tuple[Box, ...] | None = None
    drawn_on: tuple[int, int] | None = None
    """(width, height) that the boxes are for, where their file says so and the image may have been resized since."""


class Usable(NamedTuple):
    """A picture that can be used, as the model sees it."""

    picture: Picture
    pixels: Tensor
    boxes: Tensor


def folder(
    path: Path,
    images: int | None = None,
    *,
    spec: InputSpec | None = None,
    labels: Path | None = None,
    boxes: Path | None = None,
    classes: Classes = None,
) -> ImageSet:
    """The first `images` usable photographs of a folder (or of one file), in natural order; classes take turns.

    Labels come from a CSV (`labels`, or labels.csv in the folder), else from the names of the class folders; boxes
    from another (`boxes`, or boxes.csv in the folder).
    """
    names = _image_names(path)
    skipped: Skipped = []
    csv = labels or _inside(path, "labels.csv")
    boxed = _boxes(boxes or _inside(path, "boxes.csv"), names)
    said = _from_csv(csv, names, skipped) if csv else _from_folders(path, names)
    if said:
        numbers, classes = numbered(list(said.values()), classes)
        pictures = [Picture(printable(n), _at(path, n), k, boxed[n]) for n, k in zip(said, numbers, strict=True)]
        pictures = [pictures[i] for i in round_robin(torch.tensor(numbers)).tolist()]
    else:
        pictures = [Picture(printable(name), _at(path, name), None, boxed[name]) for name in names]
    return load_pictures(path.resolve().name, pictures, images, spec or PHOTO, classes=classes, skipped=skipped)


def load_pictures(
    name: str, pictures: Iterable[Picture], images: int | None, spec: InputSpec, *, classes: Classes, skipped: Skipped
) -> ImageSet:
    """The first `images` of the pictures that can be used; the others go to `skipped` with their reason."""
    kept = list(islice(_usable(pictures, spec, skipped), images))
    if not kept:
        first, reason = skipped[0]
        raise problem("HP604", name=printable(name), count=len(skipped), first=first, reason=reason)
    labels = [usable.picture.label for usable in kept]
    boxed = any(usable.picture.boxes is not None for usable in kept)
    return ImageSet(
        name=printable(name),
        images=torch.stack([usable.pixels for usable in kept]),
        ids=tuple(usable.picture.id for usable in kept),
        labels=None if None in labels else torch.tensor(labels),
        boxes=tuple(usable.boxes for usable in kept) if boxed else None,
        classes=classes,
        skipped=tuple(skipped),
    )


def _usable(pictures: Iterable[Picture], spec: InputSpec, skipped: Skipped) -> Iterator[Usable]:
    """Each picture that can be read and did not come before."""
    seen: dict[bytes, str] = {}
    for picture in pictures:
        try:
            image = read_image(picture.path)
            pixels = fit(image, spec)
        except Unreadable as error:
            skipped.append((picture.id, str(error)))
            continue
        twin = seen.setdefault(hashlib.sha256(pixels.numpy().tobytes()).digest(), picture.id)
        if twin == picture.id:
            yield Usable(picture, pixels, fit_boxes(_scaled(picture, image.size), image.size, spec))
        else:
            skipped.append((picture.id, f"the same picture as {twin}"))


def _scaled(picture: Picture, size: tuple[int, int]) -> tuple[Box, ...]:
    """The boxes in pixels of an image of this (width, height)."""
    across, down = (now / then for now, then in zip(size, picture.drawn_on or size, strict=True))
    return tuple(Box(b.top * down, b.left * across, b.bottom * down, b.right * across) for b in picture.boxes or ())


def _at(path: Path, name: str) -> Path:
    """Where an image is; the path itself where that is one file."""
    return path / name if path.is_dir() else path


def _inside(path: Path, name: str) -> Path | None:
    """The file of this name in a folder, if there is one."""
    return path / name if (path / name).is_file() else None


def _boxes(csv: Path | None, names: list[str]) -> dict[str, tuple[Box, ...] | None]:
    """The boxes of each image: those of the CSV, none for images without a row; nothing is known without a CSV."""
    if csv is None:
        return dict.fromkeys(names)
    rows = read_boxes(csv)
    if not rows.keys() & set(names):
        raise problem("HP626", csv=csv, rows=len(rows), images=len(names), example=printable(names[0]))
    return {name: rows.get(name, ()) for name in names}


def _image_names(path: Path) -> list[str]:
    """`file` and `folder/file` names of all image files, sorted; hidden and other files are left alone."""
    if path.is_file():
        return [path.name]
    if not path.is_dir():
        reason = "is neither a folder nor a file" if os.path.lexists(path) else "does not exist"
        raise problem("HP602", path=printable(str(path)), reason=reason)
    try:
        found = _images_in(path, "")
        for inside in sorted(os.listdir(path)):
            if (path / inside).is_dir() and not inside.startswith("."):
                found += _images_in(path / inside, f"{inside}/")
    except OSError as error:
        raise problem("HP605", path=printable(str(path)), reason=error.strerror) from error
    if not found:
        raise problem("HP603", path=printable(str(path)), suffixes=" ".join(SUFFIXES))
    return sorted(found, key=natural)


def _images_in(path: Path, prefix: str) -> list[str]:
    """The image files directly in one folder."""
    return [
        prefix + name
        for name in os.listdir(path)
        if not name.startswith(".") and name.lower().endswith(SUFFIXES) and (path / name).is_file()
    ]


def _from_folders(path: Path, names: list[str]) -> dict[str, Said]:
    """The class folder of each image, or nothing where the folder is flat."""
    inside = [name for name in names if "/" in name]
    if inside and len(inside) < len(names):
        flat = next(name for name in names if "/" not in name)
        raise problem("HP606", path=printable(str(path)), flat=printable(flat), inside=printable(inside[0]))
    return {name: Said(name.split("/")[0], printable(f"{path}/{name.split('/')[0]}")) for name in inside}


def _from_csv(csv: Path, names: list[str], skipped: Skipped) -> dict[str, Said]:
    """The CSV's label of each image; images without a row are skipped, rows without an image are of no interest."""
    rows = read_labels(csv)
    said = {name: rows[name] for name in names if name in rows}
    if not said:
        raise problem("HP626", csv=csv, rows=len(rows), images=len(names), example=printable(names[0]))
    skipped += [(printable(name), f"has no row in {csv.name}") for name in names if name not in rows]
    return said
