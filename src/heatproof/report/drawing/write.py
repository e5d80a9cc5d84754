"""Figures as files: the same run gives the same bytes."""

from __future__ import annotations

import csv
import io
import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from heatproof.report.drawing.plates import Row
from heatproof.report.text import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("pdf", "svg", "png")
METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"Creator": "heatproof", "Producer": None, "CreationDate": None},
    "svg": {"Creator": "heatproof", "Date": None},
    "png": {"Software": None},
}
"""Without the time, and without the version of what drew it."""


def picture_bytes(figure: Figure, kind: str) -> bytes:
    """The figure as a file of this kind."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name in a script that the font lacks is drawn as boxes
        figure.savefig(buffer, format=kind, metadata=METADATA[kind])
    return buffer.getvalue()


def table_bytes(rows: Sequence[Row]) -> bytes:
    """The rows as CSV; what is undefined or not in a row is empty.

    Text that a spreadsheet would run gets an apostrophe in front.
    """
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue().encode("utf-8")


def _cell(value: object) -> object:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{float(value):.6g}"
    if isinstance(value, str):
        text = shown(value)
        return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
    return value
