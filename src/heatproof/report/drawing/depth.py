"""Similarity against depth: what happens to a map from the original model to the one that is changed most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from heatproof.report.drawing.ink import Ink
from heatproof.report.drawing.lines import line, stages
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.similarities import Panel
from heatproof.report.drawing.spread import Array, has_values, row_of
from heatproof.study.view import CurveView, ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ORIGINAL = "original"
FLOOR_SHOWN = 0.995
"""A noise floor above this is not told from 1 by the eye."""
CLASS = "same class still seen"
Rows = list[dict[str, Any]]


def similarity_lines(ax: Axes, sheet: Sheet, model: ModelView, panel: Panel) -> Rows:
    """A line for each method, from 1 at the original model on; open marks there for noise floors."""
    rows: Rows = []
    names = [ORIGINAL, *points(panel.curve)]
    for method in model.methods:
        if method.key not in panel.values:
            continue
        ink = sheet.ink(method.label)
        found = line(ax, ink, method.label, range(len(names)), from_one(panel.values[method.key]))
        known = {"similarity": panel.name, "method": method.label}
        rows += [{**known, "stage": stage, **row_of(found, place)} for place, stage in enumerate(names)]
        if (floor := panel.floors.get(method.key)) is not None:
            rows.append({**known, "stage": "noise floor", "mean": float(np.nanmean(floor))})
            floor_mark(ax, ink, rows[-1]["mean"])
    frame(ax, names)
    return rows


def floor_mark(ax: Axes, ink: Ink, height: float) -> None:
    """How alike a map is to itself, where that can be told from 1."""
    if height < FLOOR_SHOWN:
        how: Any = {"mfc": "white", "mec": ink.colour, "mew": 0.9, "linestyle": "", "marker": ink.marker}
        ax.plot([0], [height], clip_on=False, zorder=5, **how)


def class_line(ax: Axes, curve: CurveView) -> Rows:
    """In how many images the model still sees the class: the same for every method, so one line."""
    values = next(v for v in curve.values.values() if has_values(v))
    names = [ORIGINAL, *points(curve)]
    ink = Ink("#000000", (0, (1, 1.2)), "")
    found = line(ax, ink, CLASS, range(len(names)), from_one(values), band="")
    frame(ax, names)
    return [{"similarity": "same class", "stage": n, **row_of(found, place)} for place, n in enumerate(names)]


def points(curve: CurveView) -> Sequence[str]:
    """What the points of a curve are called."""
    return curve.x_names or [f"{x:g}" for x in curve.x]


def frame(ax: Axes, names: Sequence[str]) -> None:
    """A line at zero, one where the change begins, and the stages below."""
    ax.axhline(0, color="#333333", linewidth=0.6, zorder=0)
    ax.axvline(1, color="#333333", linewidth=0.7, linestyle=(0, (4, 3)), zorder=0)
    stages(ax, names)


def one_scale(axes: Iterable[Axes], rows: Sequence[Mapping[str, Any]]) -> None:
    """The same heights in all panels, so that similarities can be compared by eye."""
    lowest = min([0.0, *(r["mean"] - r["sd"] for r in rows if r.get("n") and r["similarity"] != "same class")])
    for ax in axes:
        ax.set_ylim(max(-1.05, lowest - 0.05), 1.05)


def from_one(values: Array) -> Array:
    """With a 1 in front, where the image has any value: a map is like itself."""
    start = np.where(np.isfinite(values).any(1, keepdims=True), 1.0, np.nan)
    return np.hstack([start, values])
