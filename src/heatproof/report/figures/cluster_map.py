"""Medians of all methods on all metrics, and what resembles what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from heatproof.report.drawing.plates import Drawing, figure
from heatproof.report.drawing.sheet import TALLEST, Sheet
from heatproof.report.drawing.squares import rising, squares
from heatproof.report.tables.clusters import clusters_of_model, flat_words
from heatproof.study.view import ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TREE = 0.7
"""Inches."""


@figure(
    title="Clusters of methods and metrics",
    caption="Median scores of {model} over {images}, oriented so that higher is better and scaled within each metric: "
    "white the worst method, dark the best. Rows and columns in the order of their hierarchical clusters (single "
    "linkage of 1 - Pearson correlation). {flat}",
)
def cluster_map(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """The matrix between its two trees."""
    found = clusters_of_model(model)
    rows, columns = found.metric_order, found.method_order
    values = found.scaled[np.ix_(rows, columns)]
    side = min(0.4, (sheet.width - 2.4) / len(columns))
    drawn = sheet.blank(min(TALLEST, _TREE + 0.24 * len(rows) + 1.3))
    grid = drawn.add_gridspec(
        2, 2, width_ratios=[_TREE, max(side * len(columns), 1)], height_ratios=[_TREE, 0.24 * len(rows)]
    )
    above, beside = drawn.add_subplot(grid[0, 1]), drawn.add_subplot(grid[1, 0])
    _tree(above, found.method_tree, "top")
    _tree(beside, found.metric_tree, "left")
    ax = drawn.add_subplot(grid[1, 1])
    names = [found.metrics[i] for i in rows]
    across = [found.methods[j] for j in columns]
    squares(ax, values, names, across, colours=rising(), limits=(0, 1), numbers=side >= 0.24)
    ax.yaxis.tick_right()
    numbers = [
        {"metric": name, **{m: float(values[i, j]) for j, m in enumerate(across)}} for i, name in enumerate(names)
    ]
    yield Drawing(drawn, numbers, words={"flat": flat_words(found)})


def _tree(ax: Axes, tree: Any, where: str) -> None:
    """The branches of a linkage matrix, leaf i at 10 i + 5, its height away from the matrix."""
    from scipy.cluster.hierarchy import dendrogram

    ax.set_axis_off()
    drawn: Any = dendrogram(tree, no_plot=True)
    for across, away in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        x, y = (across, away) if where == "top" else (away, across)
        ax.plot(x, y, color="#333333", linewidth=0.8, solid_capstyle="round")
    end, highest = 10 * len(drawn["leaves"]), max(map(max, drawn["dcoord"])) * 1.05 or 1.0
    if where == "top":
        ax.set(xlim=(0, end), ylim=(0, highest))
    else:
        ax.set(ylim=(end, 0), xlim=(highest, 0))
