"""Similarity with the original map while noise is added to the weights, for each strength of the noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from heatproof.report.drawing.depth import Rows, class_line, one_scale, similarity_lines
from heatproof.report.drawing.plates import Absent, Drawing, columns, figure, part_of, setting
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.drawing.similarities import FLOOR, Panel, floors, panels
from heatproof.study.view import CurveView, FormulaView, ModelView

CLASS = "same class"


@figure(
    title="Model noise",
    caption="Similarity ({similarity}) of the maps of {model} with the original ones while normal noise is added to "
    "its weights from the output down to the layer that is named; sigma is {unit}. Mean over {images}, band: one "
    "standard deviation. Dotted black: the share of images in which the disturbed model still sees the class. Open "
    "marks over 'original': a map against itself, made again with other noise.",
    needs=("model_noise",),
)
def noise_curves(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One panel per sigma, or one over the sigmas where all layers are disturbed at once."""
    for metric in columns(model, "model_noise"):
        found = _by_sigma(model, metric)
        if not found:
            continue
        drawn, axes = sheet.panels(len(found), each=2.0, ratio=0.85)
        rows: Rows = []
        for ax, (sigma, (panel, seen)) in zip(axes, found.items(), strict=True):
            mine = similarity_lines(ax, sheet, model, panel) + (class_line(ax, seen) if seen else [])
            rows += [{"sigma": sigma, **row} for row in mine]
            ax.set_title(f"σ = {sigma}" if sigma else "all layers")
            if ax.get_subplotspec().is_first_col():  # type: ignore[union-attr]
                ax.set_ylabel("similarity, share")
            if not sigma:
                ax.set_xlabel("σ")
        one_scale(axes, rows)
        sheet.legend(drawn, axes[0])
        unit = "in units of the standard deviation of each tensor of weights" if _relative(metric) else "absolute"
        said = {"similarity": words(next(iter(found.values()))[0].title), "unit": unit}
        yield Drawing(drawn, rows, part=part_of(model, metric), words=said)


def _relative(metric: FormulaView) -> bool:
    return bool(setting(metric, "relative", True))


def _by_sigma(model: ModelView, metric: FormulaView) -> Mapping[str, tuple[Panel, CurveView | None]]:
    """sigma -> the similarities, and how often the class is the same."""
    curves = {curve.name: curve for curve in model.curves.get(metric.key, ())}
    name = setting(metric, "similarity", "")
    if not name:
        raise Absent("needs to know the similarity of model_noise")
    found: dict[str, tuple[Panel, CurveView | None]] = {}
    for panel in panels(model, metric, name):
        sigma = panel.name.removeprefix(", sigma ")
        seen = curves.get(f"{CLASS}, sigma {sigma}" if sigma else CLASS)
        mine = Panel(name, panel.curve, panel.values, floors(curves.get(FLOOR), name))
        found[sigma] = mine, seen if seen and any(v.size for v in seen.values.values()) else None
    return dict(sorted(found.items(), key=lambda item: float(item[0] or 0)))
