"""How much the maps change with their settings or with noise on the image: methods, and models side by side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.drawing.bars import FILLED, bar, named, patch
from heatproof.report.drawing.ink import nth
from heatproof.report.drawing.plates import Absent, Drawing, Row, figure
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.drawing.similarities import FLOOR, TITLES
from heatproof.report.drawing.spread import has_values, row_of, spread, whisker
from heatproof.study.view import FormulaView, ModelView, RunView

NEEDS = ("hyperparameter_sensitivity", "input_noise_sensitivity")


@figure(
    title="Sensitivity of the maps",
    caption="{metric}: mean similarity ({similarity}) of a map with those made otherwise, over {images}; 1 is "
    "insensitive. Whiskers: 95 % interval of the mean. Open marks: a map against itself, made again with other noise.",
    needs=NEEDS,
)
def sensitivity_bars(run: RunView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per metric, a bar for each method and model."""
    labels = dict.fromkeys(metric.label for model in run.models for metric in model.metrics if metric.name in NEEDS)
    if not labels:
        raise Absent(f"needs the metric {' or '.join(NEEDS)}")
    for label in labels:
        if drawing := _drawing(run, sheet, label):
            yield drawing


def _drawing(run: RunView, sheet: Sheet, label: str) -> Drawing | None:
    models = [(m, c) for m in run.models for c in m.metrics if c.label == label]
    methods: dict[str, FormulaView] = {}
    for model, metric in models:
        for m in model.methods:
            if has_values(model.values.get((m.key, metric.key))) and m.name not in ("constant", "input"):
                methods.setdefault(m.label, m)
    if not methods:
        return None
    drawn, (ax,) = sheet.panels(1, ratio=(0.5 + 0.14 * len(methods) * max(1.6, len(models))) / sheet.width)
    rows: list[Row] = []
    height = FILLED / len(models)
    for place, (model, metric) in enumerate(models):
        ink = nth(place)
        for i, m in enumerate(methods.values()):
            mine = next((x for x in model.methods if x.label == m.label), None)
            values = model.values.get((mine.key, metric.key)) if mine else None
            if mine is None or values is None or not has_values(values):
                continue
            at = i + (place - (len(models) - 1) / 2) * height
            found, floor = spread(values[:, None]), _floor(model, metric, mine)
            bar(ax, ink, at, height * 0.9, value=float(found.mean[0]), around=whisker(found))
            if np.isfinite(floor):
                ax.plot([floor], [at], "o", mfc="white", mec="#222222", mew=0.8, markersize=3.2, zorder=5)
            rows.append({"model": model.name, "method": m.label, **row_of(found, 0), "noise_floor": floor})
    named(ax, list(methods.values()))
    similarity = str(models[0][1].settings.get("similarity", "similarity"))
    ax.set_xlabel(f"similarity ({TITLES.get(similarity, similarity)})")
    if len(models) > 1:
        sheet.legend(drawn, ax, [words(model.name) for model, _ in models], [patch(nth(i)) for i in range(len(models))])
    said = {"metric": label, "similarity": TITLES.get(similarity, similarity)}
    return Drawing(drawn, rows, part=label, words=said)


def _floor(model: ModelView, metric: FormulaView, method: FormulaView) -> float:
    """Mean similarity of the map with itself, under the similarity of the value (the first of the curve)."""
    floor = next((c for c in model.curves.get(metric.key, ()) if c.name == FLOOR), None)
    values = floor.values.get(method.key) if floor else None
    return float(np.nanmean(values[:, 0])) if values is not None and has_values(values[:, :1]) else float("nan")
