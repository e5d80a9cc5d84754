"""Integrated gradients, SmoothGrad and SmoothTaylor side by side, with what they score."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.drawing.grid import Grid
from heatproof.report.drawing.heat import coloured, photo
from heatproof.report.drawing.plates import Absent, Drawing, columns, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.variants import heads
from heatproof.study.view import FormulaView, ModelView

NAMES = ("gradient", "integrated_gradients", "smoothgrad", "smooth_taylor")
SHORT = {"perturbation_score": "P", "total_variation": "TV"}
IMAGES = 4


@figure(
    title="Maps with and without smoothing",
    caption="Absolute maps of {model}. Below each: {said}; lower is better.",
    needs=tuple(SHORT),
)
def smoothed_maps(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing."""
    metrics = {m.name: m for m in reversed(columns(model, *SHORT))}
    methods = [m for m in model.methods if m.name in NAMES]
    smoothed = sum(m.name == "smooth_taylor" for m in methods)
    if not smoothed or (sheet.brief and smoothed < 2):  # one alone is in the gallery of the report
        raise Absent("needs the method smooth_taylor")
    images = model.images[: min(IMAGES, sheet.images)]
    grid = Grid([image.target_name for image in images], ["input", *heads(methods)])
    notes, rows = {}, []
    for i, image in enumerate(images):
        grid.pictures[i, 0] = photo(image.pixels(), sheet.pixels)
        for j, method in enumerate(methods, 1):
            phi = model.load_map(method.key, image.id)
            if phi is None:
                continue
            grid.pictures[i, j] = coloured(phi, "grey", sheet.pixels)
            scores = {name: _score(model, method, metrics.get(name), i) for name in SHORT}
            known = {name: score for name, score in scores.items() if np.isfinite(score)}
            narrow = len(methods) > 7
            notes[i, j] = ("\n" if narrow else "  ").join(f"{SHORT[n]} {score:.2f}" for n, score in known.items())
            rows.append({"image": image.id, "method": method.label, **scores})
    grid.notes = notes
    said = " and ".join({"P": "AUPC (P)", "TV": "AUTVC (TV)"}[SHORT[name]] for name in SHORT if name in metrics)
    if rows:
        yield Drawing(grid.figure(sheet, "grey"), rows, words={"said": said})


def _score(model: ModelView, method: FormulaView, metric: FormulaView | None, place: int) -> float:
    values = model.values.get((method.key, metric.key)) if metric else None
    return float(values[place]) if values is not None and place < len(values) else float("nan")
