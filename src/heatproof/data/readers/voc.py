"""Boxes in XML, one file per image, as Pascal VOC and ImageNet write them.

<annotation><size><width>500</width><height>375</height><depth>3</depth></size>
<object><name>n01751748</name><bndbox><xmin>111</xmin><ymin>108</ymin><xmax>441</xmax><ymax>193</ymax></bndbox>
</object></annotation>
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from heatproof.data.boxes import Box
from heatproof.data.decode import Unreadable
from heatproof.data.names import printable

LIMIT = 2**20
"""Bytes of one file."""


class Annotation(NamedTuple):
    """What one file says."""

    names: tuple[str, ...]
    """The class of each object."""
    boxes: tuple[Box, ...]
    size: tuple[int, int] | None
    """(width, height) of the image that the boxes were drawn on."""


def read_annotation(path: Path) -> Annotation:
    """The objects of one image, at least one; raises Unreadable with the reason."""
    root = _root(path)
    objects = root.findall("object")
    if not objects:
        raise Unreadable(f"{path.name} names no object")
    names = tuple(printable((o.findtext("name") or "").strip()) for o in objects)
    return Annotation(names, tuple(_box(o, path) for o in objects), _size(root))


def _root(path: Path) -> ElementTree.Element:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
        # A zero byte: an encoding in which a declaration would not be seen.
        if len(content) > LIMIT or b"\0" in content or b"<!DOCTYPE" in content:
            raise Unreadable(f"{path.name} is no plain annotation: it is too long or declares a document type")
        return ElementTree.fromstring(content)  # noqa: S314 - see above
    except OSError as error:
        raise Unreadable(f"{path.name}: {(error.strerror or str(error)).lower()}") from error
    except (ElementTree.ParseError, ValueError) as error:
        raise Unreadable(f"{path.name} is no XML: {error}") from error


def _box(found: ElementTree.Element, path: Path) -> Box:
    """The edges; a box without an inside is a mistake."""
    edges = [found.findtext(f"bndbox/{edge}") or "" for edge in ("ymin", "xmin", "ymax", "xmax")]
    try:
        box = Box(*map(float, edges))
    except ValueError:
        box = Box(0, 0, 0, 0)
    # Written so that a NaN fails too.
    if not (0 <= box.top < box.bottom < float("inf") and 0 <= box.left < box.right < float("inf")):
        raise Unreadable(f"{path.name} has a box without an inside: {printable(', '.join(edges))}")
    return box


def _size(root: ElementTree.Element) -> tuple[int, int] | None:
    written = [root.findtext(f"size/{side}") or "" for side in ("width", "height")]
    sides = [int(text) for text in written if text.isdecimal() and int(text) > 0]
    return (sides[0], sides[1]) if len(sides) == 2 else None
