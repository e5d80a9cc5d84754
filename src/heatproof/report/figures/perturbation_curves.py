"""The score while the most relevant windows become noise, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.drawing.lines import band_for, line
from heatproof.report.drawing.plates import Drawing, Row, columns, figure, part_of
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.spread import has_values, row_of
from heatproof.study.view import ModelView


@figure(
    title="Perturbation curves",
    caption="Score of the explained class by {model}, as a share of that of the whole image, while the windows that a "
    "map calls most relevant become noise ({metric}); mean over {images}, {band}. Lower is better.",
    needs=("perturbation_score",),
)
def perturbation_curves(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per perturbation_score of the study."""
    for metric in columns(model, "perturbation_score"):
        curve = next((c for c in model.curves.get(metric.key, ()) if c.name == "perturbation"), None)
        methods = [m for m in model.methods if curve and has_values(curve.values.get(m.key))]
        if curve is None or not methods:
            continue
        drawn, (ax,) = sheet.panels(1, ratio=0.5)
        rows: list[Row] = []
        band, said = band_for(len(methods))
        for method in methods:
            values = curve.values[method.key]
            with np.errstate(all="ignore"):
                shares = values / np.abs(values[:, :1])
            found = line(ax, sheet.ink(method.label), method.label, curve.x, shares, band=band)
            rows += [{"method": method.label, "windows": x, **row_of(found, i)} for i, x in enumerate(curve.x)]
        ax.set_xlabel(curve.x_label)
        ax.set_ylabel("share of the score")
        sheet.legend(drawn, ax)
        yield Drawing(drawn, rows, part=part_of(model, metric), words={"metric": metric.label, "band": said})
