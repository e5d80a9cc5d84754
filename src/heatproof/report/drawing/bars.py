"""Horizontal bars: one for each method, or a group of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from heatproof.report.drawing.ink import Ink
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.study.view import FormulaView

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FILLED = 0.78
Whisker = tuple[float, float]
"""How far it reaches below and above the end of the bar."""
WHISKER = {"elinewidth": 0.8, "capsize": 1.8, "ecolor": "#222222"}


def bars(
    ax: Axes,
    sheet: Sheet,
    methods: Sequence[FormulaView],
    values: Sequence[float],
    around: Sequence[Whisker],
    *,
    marks: Sequence[float] = (),
) -> None:
    """A bar for each method, the first on top, with whiskers and open marks."""
    for place, (method, value, reach) in enumerate(zip(methods, values, around, strict=True)):
        bar(ax, sheet.ink(method.label), place, FILLED, value=value, around=reach)
        if marks and np.isfinite(marks[place]):
            ax.plot([marks[place]], [place], "o", mfc="white", mec="#222222", mew=0.8, markersize=3.5, zorder=5)
    named(ax, methods)


def bar(ax: Axes, ink: Ink, at: float, height: float, *, value: float, around: Whisker) -> None:
    """One bar from zero, with a whisker to both sides; nothing where there is no value."""
    if np.isfinite(value):
        look: Any = {"color": ink.pale, "edgecolor": ink.colour, "hatch": ink.hatch, "error_kw": WHISKER}
        ax.barh(at, value, height, xerr=[[around[0]], [around[1]]], **look)


def patch(ink: Ink) -> Artist:
    """For a legend: a bar of this ink."""
    from matplotlib.patches import Patch

    look: Any = {"facecolor": ink.pale, "edgecolor": ink.colour, "hatch": ink.hatch}
    return Patch(**look)


def named(ax: Axes, methods: Sequence[FormulaView]) -> None:
    """The names of the methods beside their rows, the first on top."""
    ax.set_yticks(range(len(methods)), [words(m.label) for m in methods])
    ax.set_ylim(len(methods) - 0.4, -0.6)
    ax.axvline(0, color="#333333", linewidth=0.6)
    ax.tick_params(axis="y", length=0)
