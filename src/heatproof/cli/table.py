"""Tables as aligned text for people, as JSON for machines."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from heatproof.cli.streams import say

Row = Mapping[str, Any]


def show(rows: Sequence[Row], *, as_json: bool, columns: Sequence[str]) -> None:
    """All fields of the rows as JSON, or these columns as text; on a terminal a line ends where the window does."""
    if as_json:
        show_json([dict(row) for row in rows])
        return
    cells = [[str(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    for line in (columns, *cells):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        say(text if len(text) <= room else f"{text[: room - 3]}...")


def show_json(value: Any) -> None:
    """One JSON document, in ASCII; numbers that JSON does not have become null."""
    say(json.dumps(_plain(value), indent=2, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):  # noqa: PLR0124 - NaN
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
