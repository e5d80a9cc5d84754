"""What a setting of a method does to its scores: image by image, and on average."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from heatproof.report.drawing.lines import stages
from heatproof.report.drawing.plates import Absent, Drawing, Row, columns, figure
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.drawing.spread import row_of, spread, whisker
from heatproof.report.drawing.variants import Family, families, short
from heatproof.study.view import FormulaView, ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDS = ("localization_error", "insertion", "deletion")


@figure(
    title="Scores of one method at several settings",
    caption="{method} on {model}: every grey line is one of {images}, black marks are means with their 95 % interval. "
    "In brackets: how far a setting moves the score of one image (mean over the images of the standard deviation over "
    "the settings), and how far it moves the mean.",
    needs=NEEDS,
)
def variant_spread(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per method that is in the study several times, one panel per metric."""
    metrics, several = columns(model, *NEEDS), families(model)
    if not several:
        raise Absent("needs a method with several values of a setting: window: {sweep: [5, 6, 7]}")
    for name, family in several.items():
        shown = [(metric, values) for metric in metrics if (values := _table(model, metric, family)).size]
        if not shown:
            continue
        drawn, axes = sheet.panels(len(shown), each=2.1, ratio=0.85)
        rows: list[Row] = []
        for ax, (metric, values) in zip(axes, shown, strict=True):
            rows += _panel(ax, metric, family, values)
        yield Drawing(drawn, rows, part=name, words={"method": name})


def _table(model: ModelView, metric: FormulaView, family: Family) -> np.ndarray:
    """(images, variants) of the images on which all of them have a value."""
    found = [model.values.get((method.key, metric.key)) for method in family]
    if any(values is None for values in found):
        return np.empty((0, len(family)))
    table = np.stack([values for values in found if values is not None], 1)
    kept: np.ndarray = table[np.isfinite(table).all(1)]
    return kept


def _panel(ax: Axes, metric: FormulaView, family: Family, values: np.ndarray) -> list[Row]:
    x = range(len(family))
    ax.plot(x, values.T, color="#9aa0a6", linewidth=0.5, alpha=0.7, zorder=1)
    found = spread(values)
    how = {"color": "black", "linewidth": 1.2, "markersize": 4, "capsize": 2, "zorder": 3}
    ax.errorbar(x, found.mean, yerr=np.array([whisker(found, i) for i in x]).T, fmt="o-", **how)  # type: ignore[arg-type]
    within, between = float(values.std(1).mean()), float(found.mean.std())
    arrow = {"higher": " ↑", "lower": " ↓"}.get(metric.better, "")
    ax.set_title(f"{words(metric.label)}{arrow}\n[image {within:.2g}, mean {between:.2g}]")
    stages(ax, short(family), longest=30)
    ax.margins(x=0.1)
    known = {"metric": metric.label, "sd_within_image": within, "sd_of_means": between}
    return [{**known, "method": method.label, **row_of(found, place)} for place, method in enumerate(family)]
