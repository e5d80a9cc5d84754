"""The curves of every metric that has no figure of its own."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.lines import band_for, line, stages
from heatproof.report.drawing.plates import Drawing, Row, figure
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.drawing.similarities import FLOOR, TITLES
from heatproof.report.drawing.spread import has_values, row_of
from heatproof.study.view import CurveView, ModelView

OWN = ("parameter_randomization", "model_noise", "data_randomization", "perturbation_score", "input_noise_sensitivity")
"""Metrics with figures of their own."""


@figure(
    title="Curves",
    caption="{metric} of the maps of {model}: {what}; mean over {images}, {band}.",
    report=False,
)
def metric_curves(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per metric, one panel per curve."""
    for metric in model.metrics:
        curves = [c for c in model.curves.get(metric.key, ()) if _drawn(c)]
        if metric.name in OWN or not curves:
            continue
        drawn, axes = sheet.panels(len(curves), each=2.6, ratio=0.75 if len(curves) > 1 else 0.5)
        rows: list[Row] = []
        band, said = band_for(len(model.methods))
        for ax, curve in zip(axes, curves, strict=True):
            kept = [i for i in range(len(curve.x)) if any(has_values(v[:, i]) for v in curve.values.values() if v.size)]
            x = kept if curve.x_names else [curve.x[i] for i in kept]
            for method in model.methods:
                if has_values(curve.values.get(method.key)):
                    values = curve.values[method.key][:, kept]
                    found = line(ax, sheet.ink(method.label), method.label, x, values, band=band)
                    rows += [
                        {"curve": curve.name, "method": method.label, "x": curve.x[place], **row_of(found, i)}
                        for i, place in enumerate(kept)
                    ]
            if curve.x_names:
                stages(ax, curve.x_names)
            ax.set_xlabel(words(curve.x_label, 40))
            ax.set_ylabel(TITLES.get(curve.y_label, words(curve.y_label, 40)))
        sheet.legend(drawn, axes[0])
        what = ", ".join(f"{c.y_label} against {c.x_label}" for c in curves)
        yield Drawing(drawn, rows, part=metric.label, words={"metric": metric.label, "what": what, "band": said})


def _drawn(curve: CurveView) -> bool:
    return curve.name != FLOOR and len(curve.x) > 1 and any(has_values(v) for v in curve.values.values())
