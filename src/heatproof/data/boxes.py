"""Boxes around objects, as a person wrote them: a CSV with the columns file, top, left, bottom and right."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from heatproof.data.labels import listed
from heatproof.data.names import printable
from heatproof.vocabulary.errors import problem

COLUMNS = ("file", "top", "left", "bottom", "right")


class Box(NamedTuple):
    """Edges in pixels of the upright picture; the pixels of the last row and column end at bottom and right."""

    top: float
    left: float
    bottom: float
    right: float


def read_boxes(path: Path) -> dict[str, tuple[Box, ...]]:
    """File name -> its boxes, one for each row that names it; other columns may be there."""
    found: dict[str, tuple[Box, ...]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = csv.DictReader(file, strict=True)
            for column in COLUMNS:
                if column not in (rows.fieldnames or ()):
                    raise problem("HP630", place=f"{path}:1", column=column, columns=listed(rows.fieldnames))
            for row in rows:
                name = row["file"] or ""
                found[name] = (*found.get(name, ()), _box(row, f"{path}:{rows.line_num}"))
    except (OSError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise problem("HP632", path=path, reason=reason) from error
    return found


def _box(row: Mapping[str, str | None], place: str) -> Box:
    """One box, with an inside."""
    written = [row[column] or "" for column in COLUMNS[1:]]
    try:
        box = Box(*map(float, written))
    except ValueError:
        box = Box(0, 0, 0, 0)
    if not (all(map(math.isfinite, box)) and box.top < box.bottom and box.left < box.right):
        raise problem("HP631", place=place, box=printable(", ".join(written)))
    return box
