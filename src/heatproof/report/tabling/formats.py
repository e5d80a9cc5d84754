"""A table as text for a spreadsheet, a page, a paper or a program: the same run gives the same bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from heatproof.report.drawing.write import table_bytes
from heatproof.report.export import latex
from heatproof.report.tabling.binder import Sheaf
from heatproof.report.text import NOTHING, number_format, shown

_SIGNS = {"−": "$-$", "–": "--", "∞": r"$\infty$", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "<": "$<$", ">": "$>$"}


def as_csv(sheaf: Sheaf) -> bytes:
    """Comma separated, the caption left out: programs read this."""
    return table_bytes(sheaf.rows)


def as_markdown(sheaf: Sheaf) -> bytes:
    """A pipe table under its caption."""
    columns = sheaf.columns
    numeric = [_is_numeric(sheaf, column) for column in columns]
    lines = [[_marked(c) for c in columns], ["---:" if n else "---" for n in numeric]]
    lines += [[_marked(cell) for cell in row] for row in _written(sheaf)]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"**{_marked(sheaf.name)}** {_marked(sheaf.caption)}\n\n{text}\n".encode()


def as_latex(sheaf: Sheaf) -> bytes:
    """A floating booktabs table with its caption and a label."""
    columns = sheaf.columns
    lines = [
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_set(sheaf.caption)}}}",
        rf"\label{{tab:{sheaf.name}}}",
        rf"\begin{{tabular}}{{{''.join('r' if _is_numeric(sheaf, c) else 'l' for c in columns)}}}",
        r"\toprule",
        " & ".join(map(_set, columns)) + r" \\",
        r"\midrule",
        *(" & ".join(map(_set, row)) + r" \\" for row in _written(sheaf)),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return ("\n".join(lines) + "\n").encode()


def as_json(sheaf: Sheaf) -> bytes:
    """Name, caption and rows; what is undefined is null."""
    return (json.dumps(plain(sheaf), indent=2, allow_nan=False) + "\n").encode()


def plain(sheaf: Sheaf) -> dict[str, Any]:
    """The table as values that JSON has."""
    rows = [{name: _json(value) for name, value in row.items()} for row in sheaf.rows]
    return {"table": sheaf.name, "caption": sheaf.caption, "rows": rows}


def aligned(sheaf: Sheaf) -> str:
    """The table for a terminal: columns under each other, numbers to the right."""
    lines = [list(sheaf.columns), *_written(sheaf)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(sheaf.columns))]
    sides = [str.rjust if _is_numeric(sheaf, column) else str.ljust for column in sheaf.columns]
    text = ["  ".join(side(cell, w) for side, cell, w in zip(sides, line, widths, strict=True)) for line in lines]
    return "\n".join(line.rstrip() for line in [f"{sheaf.name}: {sheaf.caption}", *text])


FORMATS: Mapping[str, Callable[[Sheaf], bytes]] = {
    "csv": as_csv,
    "md": as_markdown,
    "tex": as_latex,
    "json": as_json,
}


def _written(sheaf: Sheaf) -> list[list[str]]:
    """The cells as text, one way of writing numbers per column."""
    columns = []
    for column in sheaf.columns:
        values = [_cell(row.get(column)) for row in sheaf.rows]
        write = (
            _chance
            if column.startswith("p_") or column == "p"
            else number_format(v for v in values if isinstance(v, float))
        )
        columns.append([write(v) if isinstance(v, float) else v for v in values])
    return [list(row) for row in zip(*columns, strict=True)]


def _cell(value: object) -> str | float:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, float) else shown(value)


def _chance(p: float | None) -> str:
    """A p value: the order of the smallest ones is no information."""
    if p is None or math.isnan(p):
        return NOTHING
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _is_numeric(sheaf: Sheaf, column: str) -> bool:
    values = [row.get(column) for row in sheaf.rows]
    return all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values)


def _json(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, bool | int | float | None) else str(value)


def _marked(text: str) -> str:
    """Text that Markdown takes as it is, on one line."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]<>#|" else c for c in text)
    return " ".join(escaped.split())


def _set(text: str) -> str:
    """Text that LaTeX takes as it is."""
    return "".join(_SIGNS.get(c) or latex(c) for c in text)
