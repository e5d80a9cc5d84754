"""Scores and curves of a run as long tables, one line per number: CSV and Parquet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatproof.study.view import ModelView
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

SCORES = ("model", "image", "target", "method", "metric", "value", "reason")
CURVES = ("model", "image", "method", "metric", "curve", "x", "x_name", "y")
NUMBERS = {"target": int, "point": int, "value": float, "x": float, "y": float}
RUN = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula."""
Line = tuple[Any, ...]


def score_lines(model: ModelView) -> Iterator[Line]:
    """SCORES of every image, method and metric; no value and a reason where it is undefined or not computed yet."""
    for method in model.methods:
        for metric in model.metrics:
            unit = method.key, metric.key
            for image, value, reason in zip(model.images, model.values[unit], model.reasons[unit], strict=True):
                known = None if math.isnan(value) else float(value)
                yield (model.name, image.id, image.target, method.label, metric.label, known, reason)


def curve_lines(model: ModelView) -> Iterator[Line]:
    """CURVES of every image, method and metric, point by point; undefined points are left out."""
    for metric in model.metrics:
        for curve in model.curves[metric.key]:
            names = curve.x_names or ("",) * len(curve.x)
            for method in model.methods:
                for image, values in zip(model.images, curve.values[method.key], strict=True):
                    for x, name, y in zip(curve.x, names, values, strict=False):
                        if not math.isnan(y):
                            unit = (model.name, image.id, method.label, metric.label)
                            yield (*unit, curve.name, float(x), name, float(y))


def write_table(columns: Line, lines: Iterator[Line], path: Path) -> Path:
    """A CSV file with exact numbers. Text that a spreadsheet would run gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in line] for line in lines)
    return write_whole(path, out.getvalue().encode())


def read_table(path: str | Path) -> pd.DataFrame:
    """A table that was written here, its numbers to the last bit; an empty cell in a column of numbers is NaN."""
    import pandas as pd

    with Path(path).open(newline="", encoding="utf-8") as stream:
        columns, *lines = csv.reader(stream)
    held = {name: [line[i] for line in lines] for i, name in enumerate(columns)}
    return pd.DataFrame({name: [_read(name, cell) for cell in cells] for name, cells in held.items()})


def _read(name: str, cell: str) -> Any:
    if name in NUMBERS:
        return NUMBERS[name](cell) if cell else math.nan
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(RUN) else cell


def write_parquet(columns: Line, lines: Iterator[Line], path: Path) -> Path:
    """The same as Parquet; raises HP902 where pyarrow is not installed."""
    import pandas as pd

    memory = io.BytesIO()
    try:
        pd.DataFrame(lines, columns=list(columns)).to_parquet(memory, index=False, engine="pyarrow")
    except ImportError as error:
        raise problem("HP902", package="pyarrow", extra="parquet") from error
    return write_whole(path, memory.getvalue())


def _harmless(cell: Any) -> Any:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RUN) else cell
