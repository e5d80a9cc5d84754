"""Matrices as coloured squares with their numbers: correlations, scaled scores, similarities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heatproof.report.colours import COLOUR_MAPS
from heatproof.report.drawing.sheet import TALLEST, Sheet, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

Array = NDArray[Any]
LABEL = 26
"""Longest name beside a row."""
_UNKNOWN = "#ffffff"
_ROOM = 0.24
"""Inches that a square with a number needs."""
_CHARACTER = 0.058
"""Inches that a character of a name takes."""


def diverging() -> Colormap:
    """Blue below, white at the middle, red above: told apart by the colour blind."""
    return _map("diverging", COLOUR_MAPS[0].anchors)


def rising() -> Colormap:
    """From white to dark blue."""
    return _map("rising", COLOUR_MAPS[0].anchors[5::-1])


def warning() -> Colormap:
    """From white to dark red."""
    return _map("warning", COLOUR_MAPS[0].anchors[5:])


def squares(
    ax: Axes,
    values: Array,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    colours: Colormap,
    limits: tuple[float, float],
    numbers: bool = True,
) -> None:
    """Draw (rows, columns); what is NaN stays white, with a dash."""
    ax.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=limits[0], vmax=limits[1], aspect="auto")
    ax.set_yticks(range(len(rows)), [named(name) for name in rows])
    ax.set_xticks(range(len(columns)), _below(columns), rotation=45, ha="right", rotation_mode="anchor")
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=0.6)
    ax.tick_params(which="minor", length=0)
    if numbers:
        _numbers(ax, values, colours, limits)


def area(sheet: Sheet, rows: Sequence[str], columns: Sequence[str]) -> tuple[Figure, Axes, bool]:
    """A figure with axes for so many squares, and whether numbers fit into them."""
    beside = _CHARACTER * max(map(_longest, rows), default=1) + 0.2
    below = _CHARACTER * 0.75 * max(map(len, _below(columns)), default=1) + 0.3
    tallest = (TALLEST - below - 0.15) / max(1, len(rows))
    side = min(0.5, max(0.12, min((sheet.width - beside) / max(1, len(columns)), tallest)))
    figure = sheet.blank(min(TALLEST, below + len(rows) * side + 0.15))
    rest = sheet.width - beside - side * len(columns)
    if rest < 0.3:
        return figure, figure.subplots(), side >= _ROOM
    grid = figure.add_gridspec(1, 2, width_ratios=[side * len(columns), rest])  # squares, not bars
    return figure, figure.add_subplot(grid[0, 0]), side >= _ROOM


def named(label: str) -> str:
    """A label on one line, or with its settings on a second one where it is long."""
    name, bracket, settings = label.partition("(")
    if len(label) <= LABEL or not bracket:
        return words(label, LABEL)
    return f"{words(name, LABEL)}\n{words(bracket + settings, LABEL + 4)}"


def _below(columns: Sequence[str]) -> list[str]:
    """Names under the columns: on one line each, for turned lines would lie upon each other."""
    return [words(name, LABEL + 4) for name in columns]


def _longest(label: str) -> int:
    return max(map(len, named(label).split("\n")))


def _map(name: str, anchors: Sequence[str]) -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(name, list(anchors)).with_extremes(bad=_UNKNOWN)


def _numbers(ax: Axes, values: Array, colours: Colormap, limits: tuple[float, float]) -> None:
    span = limits[1] - limits[0]
    for (i, j), value in np.ndenumerate(values):
        if np.isnan(value):
            ax.text(j, i, "–", ha="center", va="center", color="#888888", fontsize=5.5)
            continue
        red, green, blue, _ = colours((value - limits[0]) / span)
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        ax.text(j, i, short(float(value)), ha="center", va="center", color="white" if dark else "#222222", fontsize=5.5)


def short(value: float) -> str:
    """`.71`, `-.20`, `1`: two decimals without the zero in front."""
    text = f"{value:.2f}"
    if text in {"0.00", "-0.00"}:
        return "0"
    if abs(value) >= 0.995:
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1)
