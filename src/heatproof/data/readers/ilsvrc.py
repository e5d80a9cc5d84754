"""The validation images of ILSVRC2012 in one folder, or in one for each synset, with what is known about them.

Labels come, the first that is there, from labels.csv (file, label), from a list `name class` counted from 0 (val.txt
or ground_truth.txt), from the development kit, from the folders, or from the objects in the XML files; boxes from
boxes.csv or from the XML files. The images come in the order of their names, as in experiments on "the first 1,000".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from heatproof.data.boxes import Box, read_boxes
from heatproof.data.decode import Unreadable
from heatproof.data.folder import Picture, Skipped
from heatproof.data.labels import numbered, read_labels
from heatproof.data.names import printable
from heatproof.data.readers.devkit import find_devkit, read_devkit
from heatproof.data.readers.photographs import Photographs, images_in
from heatproof.data.readers.places365 import read_list
from heatproof.data.readers.synsets import class_number, class_numbers, images_by_synset
from heatproof.data.readers.voc import Annotation, read_annotation
from heatproof.models.imagenet import imagenet_classes
from heatproof.vocabulary.errors import problem

COUNT = 1000
_NUMBER = re.compile(r"_val_(\d{8})\.")
IMAGES = ("images", "ILSVRC2012_img_val", "Data/CLS-LOC/val", "val", "")
XMLS = (
    "annotations",
    "ILSVRC2012_bbox_val_v3/val",
    "bbox_val/val",
    "Annotations/CLS-LOC/val",
    "Annotations",
    "val",
    "",
)
LISTS = ("val.txt", "ground_truth.txt", "val/val.txt")


def read_photographs(home: Path, split: str) -> Photographs | None:
    """The images of a folder, or None where there are none in one of the usual places, or below it by synset."""
    for folder in (home / name for name in IMAGES):
        if folder.is_dir() and (names := images_in(folder) or images_by_synset(folder)):
            skipped: Skipped = []
            return Photographs(_pictures(home, folder, names, skipped), imagenet_classes(), skipped)
    return None


def _pictures(home: Path, folder: Path, names: list[str], skipped: Skipped) -> Iterator[Picture]:
    """Each image with its label and boxes; those for which one of them is missing or wrong are skipped."""
    files = [Path(name).name for name in names]
    labels, boxes, xmls = _labels(home, files) or _by_folder(folder, names), _boxes(home), _xmls(home, files)
    if labels is None and xmls is None:
        raise problem("HP650", path=printable(str(home)), lists=", ".join(LISTS))
    return _each(folder, names, labels, boxes, xmls, skipped)


def _each(  # noqa: PLR0917 - four of them are what is known about the images
    folder: Path,
    names: list[str],
    labels: dict[str, int] | None,
    boxes: Callable[[str], tuple[Box, ...]] | None,
    xmls: Path | None,
    skipped: Skipped,
) -> Iterator[Picture]:
    for name in names:
        try:
            said = read_annotation(xmls / f"{Path(name).stem}.xml") if xmls and not (labels and boxes) else None
            label = _label(said) if labels is None and said else _listed(labels or {}, name)
        except Unreadable as error:
            skipped.append((printable(name), str(error)))
            continue
        if boxes:
            yield Picture(printable(name), folder / name, label, boxes(Path(name).name))
        elif said:
            yield Picture(printable(name), folder / name, label, said.boxes, said.size)
        else:
            yield Picture(printable(name), folder / name, label)


def _label(said: Annotation) -> int:
    """The class of an annotation whose objects are all of one."""
    names = sorted(set(said.names))
    if len(names) > 1:
        raise Unreadable(f"its objects are of several classes: {', '.join(names[:3])}")
    if names[0] not in class_numbers():
        raise Unreadable(f"'{names[0]}' is none of ImageNet's 1,000 synsets")
    return class_numbers()[names[0]]


def _listed(labels: dict[str, int], name: str) -> int:
    """The label of an image, said of itself or of every file of its name."""
    label = labels.get(name, labels.get(Path(name).name))
    if label is None:
        raise Unreadable("has no label in the list")
    return label


def _by_folder(folder: Path, names: list[str]) -> dict[str, int] | None:
    """The class that the folder of an image is named after; None where the images lie in none."""
    return {n: class_number(n.split("/")[0], printable(str((folder / n).parent))) for n in names if "/" in n} or None


def _labels(home: Path, names: list[str]) -> dict[str, int] | None:
    """File name -> class; None where only the folders or the XML files know."""
    csv = home / "labels.csv"
    if csv.is_file():
        said = read_labels(csv)
        # A synset stands for its class.
        numbers = {s: str(n) for s, n in class_numbers().items()}
        plain = [one._replace(text=numbers.get(one.text, one.text)) for one in said.values()]
        return _of_ours(dict(zip(said, numbered(plain, imagenet_classes())[0], strict=True)), names, csv)
    for path in (home / name for name in LISTS):
        if path.is_file():
            return _of_ours(read_list(path, COUNT), names, path)
    if kit := find_devkit(home):
        truth = read_devkit(kit)
        places = {name: int(match[1]) for name in names if (match := _NUMBER.search(name))}
        return _of_ours({name: truth[i] for name, i in places.items() if i in truth}, names, kit)
    return None


def _of_ours(labels: dict[str, int], names: list[str], path: Path) -> dict[str, int]:
    if not labels.keys() & set(names):
        raise problem("HP626", csv=path, rows=len(labels), images=len(names), example=printable(names[0]))
    return labels


def _boxes(home: Path) -> Callable[[str], tuple[Box, ...]] | None:
    """The boxes of an image by its name, from the CSV."""
    csv = home / "boxes.csv"
    if not csv.is_file():
        return None
    rows = read_boxes(csv)
    return lambda name: rows.get(name, ())


def _xmls(home: Path, names: list[str]) -> Path | None:
    """The folder of the XML files: the first that has one for any of the first images."""
    wanted = [f"{Path(name).stem}.xml" for name in names[:50]]
    return next((home / f for f in XMLS if any((home / f / name).is_file() for name in wanted)), None)
