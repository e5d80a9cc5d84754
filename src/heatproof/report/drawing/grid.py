"""Pictures side by side: rows and columns with names, no gaps that say nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from heatproof.report.drawing.heat import COLOURINGS, Array, Colouring, signed_colours
from heatproof.report.drawing.sheet import TALLEST, Sheet, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LETTER = 0.057
"""Inches of a letter of the labels, about."""
LINE = 0.13
GAP = 0.02
FOOT = 0.42
NARROWEST = 3.3
LARGEST = 1.0
"""Inches of a picture, at most."""


@dataclass
class Grid:
    """Pictures (H, W, 3) by (row, column); a place may be empty."""

    rows: Sequence[str]
    columns: Sequence[str]
    pictures: dict[tuple[int, int], Array] = field(default_factory=dict)
    notes: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """A line below some of the pictures."""
    largest: float = LARGEST

    def figure(self, sheet: Sheet, bar: Colouring | None = None) -> Figure:
        """Drawn on a sheet; `bar` adds the scale of these colours."""
        heads, sides = ([wrapped(name) for name in names] for names in (self.columns, self.rows))
        left = _longest(sides) + 0.1
        side = min((sheet.width - left - 0.04) / max(1, len(heads)), self.largest)
        if turned := _longest(heads) > side:
            heads = [wrapped(name, 24) for name in self.columns]
        top = (_longest(heads) if turned else LINE * max((h.count("\n") + 1 for h in heads), default=0)) + 0.08
        tall, below = side * self._ratio(), self._below()
        most = (TALLEST - top - FOOT) / max(1, len(sides)) - below
        if tall > most:
            side, tall = side * most / tall, most
        across = max(min(NARROWEST, sheet.width), left + side * len(heads) + 0.04)
        drawn = sheet.free(top + len(sides) * (tall + below) + (FOOT if bar else 0.04), min(across, sheet.width))
        frame = Frame(drawn, left, top, side, tall, below)
        frame.names(heads, sides, turned)
        for (row, column), picture in self.pictures.items():
            frame.picture(row, column, picture, self.notes.get((row, column), ""))
        frame.canvas.set(xlim=(0, drawn.get_figwidth()), ylim=(drawn.get_figheight(), 0))
        if bar:
            frame.bar(bar, len(sides))
        return drawn

    def _below(self) -> float:
        return LINE * max((note.count("\n") + 1 for note in self.notes.values() if note), default=0)

    def _ratio(self) -> float:
        """Height over width of the tallest picture."""
        return max((p.shape[0] / p.shape[1] for p in self.pictures.values()), default=1.0)


@dataclass(frozen=True)
class Frame:
    """Where the cells lie on a figure, in inches from its upper left corner."""

    drawn: Figure
    left: float
    top: float
    side: float
    tall: float
    below: float

    @cached_property
    def canvas(self) -> Axes:
        """The whole figure as one plot, in inches: a plot for each picture would be slow."""
        ax = self.drawn.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        return ax

    def names(self, heads: Sequence[str], sides: Sequence[str], turned: bool) -> None:
        """Above the columns, and to the left of the rows."""
        for place, text in enumerate(heads):
            x, y = self._at(self.left + (place + 0.5) * self.side, self.top - 0.04)
            self.drawn.text(x, y, text, ha="center", va="bottom", rotation=90 if turned else 0, linespacing=1.15)
        for place, text in enumerate(sides):
            x, y = self._at(self.left - 0.06, self._y(place) + self.tall / 2)
            self.drawn.text(x, y, text, ha="right", va="center", linespacing=1.15)

    def picture(self, row: int, column: int, pixels: Array, note: str) -> None:
        """Fill a cell, keeping the shape of the picture."""
        wide, tall = self.side - GAP, self.tall - GAP
        scale = min(wide / pixels.shape[1], tall / pixels.shape[0])
        width, height = scale * pixels.shape[1], scale * pixels.shape[0]
        x0 = self.left + column * self.side + (wide - width) / 2
        y0 = self._y(row) + (tall - height) / 2
        self.canvas.imshow(pixels, aspect="auto", extent=(x0, x0 + width, y0 + height, y0))
        if note:
            x, y = self._at(self.left + (column + 0.5) * self.side, self._y(row) + self.tall)
            self.drawn.text(x, y, note, ha="center", va="top", fontsize=6)

    def bar(self, how: Colouring, rows: int) -> None:
        """The scale of the colours, below the last row."""
        width = min(1.6, self.drawn.get_figwidth() / 3.6)
        ax = self._axes(self.left, self._y(rows) + 0.1, width, 0.08)
        if how == "grey":
            colours = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
        else:
            colours = signed_colours() if how == "signed" else signed_colours()[128:]
        ax.imshow(colours[None], aspect="auto", extent=(-1 if how == "signed" else 0, 1, 0, 1))
        ax.set_xticks([-1, 0, 1] if how == "signed" else [0, 1])
        ax.set_yticks([])
        ax.tick_params(length=1.5, pad=1.5)
        for spine in ax.spines.values():
            spine.set(visible=True, linewidth=0.4)
        x, y = self._at(self.left + width + 0.12, self._y(rows) + 0.14)
        text = COLOURINGS[how].split(",")[0] + ", share of the largest"
        self.drawn.text(x, y, text, ha="left", va="center")

    def _y(self, row: int) -> float:
        return self.top + row * (self.tall + self.below)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        width, height = self.drawn.get_size_inches()
        return x / width, 1 - y / height

    def _axes(self, x: float, y: float, width: float, height: float) -> Axes:
        whole, tall = self.drawn.get_size_inches()
        return self.drawn.add_axes((x / whole, 1 - (y + height) / tall, width / whole, height / tall))


def wrapped(name: str, longest: int = 14) -> str:
    """A name on one line, or on two or three: broken at spaces and underscores."""
    lines = [""]
    for part in words(name, 60).replace("_", "_ ").split(" "):
        glue = "" if not lines[-1] or lines[-1].endswith("_") else " "
        if lines[-1] and len(lines[-1]) + len(glue) + len(part) > longest and len(lines) < 3:
            lines.append(part)
        else:
            lines[-1] += glue + part
    return "\n".join(lines)


def _longest(texts: Sequence[str]) -> float:
    return LETTER * max((len(line) for text in texts for line in text.split("\n")), default=0)
