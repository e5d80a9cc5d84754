"""Similarity with the original map when one layer alone is drawn anew: a box for each layer and method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from heatproof.report.drawing.bars import patch
from heatproof.report.drawing.lines import briefly, tail
from heatproof.report.drawing.plates import Drawing, Row, columns, figure, part_of
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.drawing.similarities import Panel, panels
from heatproof.study.view import FormulaView, ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILLED = 0.8
"""Share of the room of a layer that its boxes take."""


@figure(
    title="Independent randomization",
    caption="Similarity of the maps of {model} with the original ones when the weights of one layer alone are drawn "
    "anew ({metric}), over {images}. Boxes: quartiles and median; whiskers: the farthest value within 1.5 times the "
    "height of the box; dots: values beyond.",
    needs=("parameter_randomization",),
)
def independent_boxes(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One panel per similarity, below each other."""
    for metric in columns(model, "parameter_randomization"):
        shown = [panel for panel in panels(model, metric, "independent ") if panel.compares]
        if not shown:
            continue
        drawn, axes = sheet.panels(len(shown), each=sheet.width, ratio=0.24)
        rows: list[Row] = []
        methods = [m for m in model.methods if not m.control and any(m.key in p.values for p in shown)]
        for ax, panel in zip(axes, shown, strict=True):
            rows += _boxes(ax, sheet, methods, panel)
        sheet.legend(drawn, axes[0], [words(m.label) for m in methods], [patch(sheet.ink(m.label)) for m in methods])
        yield Drawing(drawn, rows, part=part_of(model, metric), words={"metric": metric.label})


def _look(sheet: Sheet, method: FormulaView) -> dict[str, Any]:
    """Hatched where the line of the method would be dashed."""
    ink = sheet.ink(method.label)
    return {"facecolor": ink.pale, "edgecolor": ink.colour, "hatch": ink.hatch}


def _boxes(ax: Axes, sheet: Sheet, methods: list[FormulaView], panel: Panel) -> list[Row]:
    rows: list[Row] = []
    width = FILLED / max(1, len(methods))
    for place, method in enumerate(methods):
        values = panel.values.get(method.key)
        if values is None:
            continue
        each = [column[np.isfinite(column)] for column in values.T]
        at = [i + (place - (len(methods) - 1) / 2) * width for i in range(len(each))]
        ink = sheet.ink(method.label)
        pen = {"color": ink.colour, "linewidth": 0.7}
        dots = {"marker": ".", "markersize": 2.5, "markerfacecolor": ink.colour, "markeredgewidth": 0}
        bold = {"color": ink.colour, "linewidth": 1.4}
        how: dict[str, Any] = {"boxprops": _look(sheet, method), "whiskerprops": pen, "capprops": pen}
        ax.boxplot(each, positions=at, widths=width * 0.85, patch_artist=True, medianprops=bold, flierprops=dots, **how)
        for layer, column in zip(panel.curve.x_names, each, strict=False):
            rows.append({"similarity": panel.name, "layer": layer, "method": method.label, **_quartiles(column)})
    names = panel.curve.x_names
    ax.set_xticks(range(len(names)), [tail(name) for name in briefly(names)])
    for edge in range(1, len(names)):
        ax.axvline(edge - 0.5, color="#dddddd", linewidth=0.6, zorder=0)
    ax.axhline(0, color="#333333", linewidth=0.6, zorder=0)
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_ylabel(words(panel.title, 40).replace(", ", ",\n"))
    return rows


def _quartiles(column: Any) -> dict[str, float | int]:
    low, middle, high = np.percentile(column, (25, 50, 75)) if column.size else (np.nan,) * 3
    return {"q25": float(low), "median": float(middle), "q75": float(high), "n": int(column.size)}
