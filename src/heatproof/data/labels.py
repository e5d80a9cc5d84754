"""What a person wrote about each image - an index from 0 or the name of a class - as class numbers."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from heatproof.data.names import natural, printable
from heatproof.vocabulary.errors import nearest, problem

Classes = tuple[str, ...] | None

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


class Said(NamedTuple):
    """One label as it was written, and where."""

    text: str
    place: str


def read_labels(path: Path) -> dict[str, Said]:
    """File name -> label of a CSV with the columns `file` and `label`; other columns may be there."""
    said: dict[str, Said] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = csv.DictReader(file, strict=True)
            for column in ("file", "label"):
                if column not in (rows.fieldnames or ()):
                    raise problem("HP620", place=f"{path}:1", column=column, columns=listed(rows.fieldnames))
            for row in rows:
                place = f"{path}:{rows.line_num}"
                name = row["file"] or ""
                if name in said:
                    raise problem("HP625", place=place, file=printable(name), first=said[name].place)
                said[name] = Said((row["label"] or "").strip(), place)
    except (OSError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise problem("HP628", path=path, reason=reason) from error
    return said


def numbered(said: Sequence[Said], classes: Classes) -> tuple[list[int], Classes]:
    """The class number of each label, and the classes: the given ones, or the names that were written, sorted."""
    for text, place in said:
        if not text:
            raise problem("HP621", place=place)
        if _NUMBER.fullmatch(text) and not text.removeprefix("+").isdecimal():
            raise problem("HP622", place=place, label=text)
    if classes is None:
        names = {text for text, _ in said if not _NUMBER.fullmatch(text)}
        classes = tuple(sorted(names, key=natural)) or None
    numbers = [int(text) for text, _ in said if _NUMBER.fullmatch(text)]
    from_one = classes is not None and numbers and min(numbers) == 1 and max(numbers) == len(classes)
    return [_number(one, classes, bool(from_one)) for one in said], classes


def _number(said: Said, classes: Classes, from_one: bool) -> int:
    """The class number of one label."""
    if _NUMBER.fullmatch(said.text):
        number = int(said.text)
        if classes is not None and number >= len(classes):
            hint = "; the labels start at 1: subtract 1" if from_one else ""
            raise problem("HP623", place=said.place, label=number, count=len(classes), last=len(classes) - 1, hint=hint)
        return number
    if classes is None or said.text not in classes:
        near = nearest(said.text, classes or ())
        raise problem("HP624", place=said.place, label=printable(said.text), near=near)
    return classes.index(said.text)


def listed(columns: Sequence[str] | None) -> str:
    """The columns that are there, for a message."""
    return ", ".join(printable(c) for c in list(columns or ())[:8]) or "no columns"
