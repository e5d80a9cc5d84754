"""Noise and sensitivity of smoothed maps against the spread of their noise and the number of samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from heatproof.report.drawing.ink import GREY, nth
from heatproof.report.drawing.plates import Absent, Drawing, Row, columns, figure
from heatproof.report.drawing.sheet import LONGEST, Sheet, words
from heatproof.report.drawing.spread import has_values, row_of, spread, whisker
from heatproof.study.view import FormulaView, ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDS = {"perturbation_score": "AUPC", "total_variation": "AUTVC"}
SMOOTHED = "smooth_taylor"
MARKS = "vsD^Pdh*<>"


@figure(
    title="Noise of the roots",
    caption="Area under the perturbation curve (AUPC, lower is more faithful) and under the total variation over "
    "scales (AUTVC, lower is less noisy) of SmoothTaylor on {model}, against the spread sigma of its roots, a line for "
    "each number of roots; mean over {images}, whiskers: 95 % interval. At the right: other methods, and sigma chosen "
    "for each image (tune).",
    needs=tuple(NEEDS),
)
def smoothing_curves(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One panel per metric."""
    metrics = columns(model, *NEEDS)
    swept = [m for m in model.methods if m.name == SMOOTHED and m.settings.get("tune", "none") == "none"]
    if len({m.settings.get("sigma") for m in swept}) < 2:
        raise Absent("needs smooth_taylor with several sigma: {sweep: [0.3, 0.5, 0.7]}")
    metrics = [c for c in metrics if any(has_values(model.values.get((m.key, c.key))) for m in swept)]
    if not metrics:
        return
    others = [m for m in model.methods if m not in swept and not m.control]
    drawn, axes = sheet.panels(len(metrics), each=2.8, ratio=0.8)
    rows: list[Row] = []
    for ax, metric in zip(axes, metrics, strict=True):
        rows += _lines(ax, model, metric, swept)
        rows += _others(ax, model, metric, others)
        ax.set_xlabel("σ of the roots")
        ax.set_ylabel(f"{NEEDS[metric.name]} ({words(metric.label)})")
    sheet.legend(drawn, axes[0])
    yield Drawing(drawn, rows)


def _lines(ax: Axes, model: ModelView, metric: FormulaView, swept: list[FormulaView]) -> list[Row]:
    rows: list[Row] = []
    sizes = sorted({int(m.settings.get("n", 0)) for m in swept})
    for place, n in enumerate(sizes):
        mine = sorted((m for m in swept if m.settings.get("n", 0) == n), key=lambda m: float(m.settings["sigma"]))
        mine = [m for m in mine if has_values(model.values.get((m.key, metric.key)))]
        found = [spread(model.values[m.key, metric.key][:, None]) for m in mine]
        x, y = [float(m.settings["sigma"]) for m in mine], [float(f.mean[0]) for f in found]
        aside = 0.012 * (place - (len(sizes) - 1) / 2)  # so that whiskers do not hide each other
        ink, reach = nth(place), np.array([whisker(f) for f in found]).T
        ax.errorbar(
            np.array(x) + aside, y, yerr=reach, label=f"{SMOOTHED}, {n} roots", capsize=2, elinewidth=0.7, **ink.line
        )
        ax.set_xticks(sorted({float(m.settings["sigma"]) for m in swept}))
        rows += [
            {"metric": metric.label, "method": m.label, "sigma": s, "n_roots": n, **row_of(f, 0)}
            for m, s, f in zip(mine, x, found, strict=True)
        ]
    return rows


def _others(ax: Axes, model: ModelView, metric: FormulaView, others: list[FormulaView]) -> list[Row]:
    """Grey marks beyond the right end of the lines, with a rule to read them by."""
    rows: list[Row] = []
    low, high = ax.get_xlim()
    there = [m for m in others if has_values(model.values.get((m.key, metric.key)))]
    for place, method in enumerate(there):
        found = spread(model.values[method.key, metric.key][:, None])
        at, mean = high + (0.06 + 0.07 * place) * (high - low), float(found.mean[0])
        mark = MARKS[place % len(MARKS)]
        how = {"color": "#555555", "elinewidth": 0.7, "capsize": 1.5, "markersize": 4, "linestyle": ""}
        reach = np.array([whisker(found)]).T
        ax.errorbar([at], [mean], yerr=reach, marker=mark, label=words(method.label, LONGEST), **how)  # type: ignore[arg-type]
        rows.append({"metric": metric.label, "method": method.label, **row_of(found, 0)})
    if there:
        ax.axvline(high, color=GREY, linewidth=0.6)
    return rows
