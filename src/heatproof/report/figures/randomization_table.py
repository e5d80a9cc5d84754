"""Whose maps stay similar when the model has forgotten everything: models down, methods across."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.drawing.plates import Absent, Drawing, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.squares import area, squares, warning
from heatproof.report.tabling.scores import forgotten, means
from heatproof.study.view import RunView

_TOP = 0.2
"""Similarity from which on the colour is the strongest."""


@figure(
    title="Parameter randomization",
    caption="Size of the mean similarity of the maps to those of the same model with random weights ({similarity}): "
    "white none, darkest from {top} on. Models downwards, methods across.",
    needs=("parameter_randomization",),
)
def randomization_table(run: RunView, sheet: Sheet) -> Iterator[Drawing]:
    """One table for all models of the run."""
    found, names = {}, set()
    for model in run.models:
        try:
            values, name = forgotten(model)
        except Absent:
            continue
        found[model.name] = means(values)
        names.add(name)
    if not found:
        raise Absent("needs the metric parameter_randomization")
    methods = list(dict.fromkeys(m for row in found.values() for m in row))
    matrix = np.array([[abs(row.get(m, np.nan)) for m in methods] for row in found.values()])
    drawn, ax, room = area(sheet, list(found), methods)
    squares(ax, matrix, list(found), methods, colours=warning(), limits=(0, _TOP), numbers=room)
    rows = [{"model": name, **row} for name, row in found.items()]
    yield Drawing(drawn, rows, words={"similarity": "; ".join(sorted(names)), "top": f"{_TOP:g}"})
