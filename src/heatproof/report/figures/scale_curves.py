"""How noisy maps are at coarser and coarser scales."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.lines import band_for, line
from heatproof.report.drawing.plates import Absent, Drawing, Row, columns, figure, part_of
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.spread import has_values, row_of
from heatproof.study.view import ModelView


@figure(
    title="Total variation over scales",
    caption="Total variation of the maps of {model} and of coarser and coarser copies of them ({metric}); mean over "
    "{images}, {band}. The area under a line is AUTVC; lower is less noisy.",
    needs=("total_variation",),
)
def scale_curves(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per total_variation of the study."""
    some = False
    for metric in columns(model, "total_variation"):
        curve = next((c for c in model.curves.get(metric.key, ()) if c.name == "scales" and len(c.x) > 1), None)
        methods = [m for m in model.methods if curve and has_values(curve.values.get(m.key))]
        if curve is None or not methods:
            continue
        some = True
        drawn, (ax,) = sheet.panels(1, ratio=0.5)
        rows: list[Row] = []
        band, said = band_for(len(methods))
        for method in methods:
            found = line(ax, sheet.ink(method.label), method.label, curve.x, curve.values[method.key], band=band)
            rows += [{"method": method.label, "pixels": x, **row_of(found, i)} for i, x in enumerate(curve.x)]
        ax.set_xscale("log")
        ax.set_xticks(curve.x, [f"{x:g}" for x in curve.x])
        ax.minorticks_off()
        ax.invert_xaxis()
        ax.set_xlabel(curve.x_label)
        ax.set_ylabel(curve.y_label)
        sheet.legend(drawn, ax)
        yield Drawing(drawn, rows, part=part_of(model, metric), words={"metric": metric.label, "band": said})
    if not some:
        raise Absent("needs maps that are large enough for several scales")
