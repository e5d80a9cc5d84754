"""Similarity with the original map while the model forgets, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.depth import Rows, class_line, one_scale, similarity_lines
from heatproof.report.drawing.plates import Drawing, columns, figure, part_of
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.drawing.similarities import panels
from heatproof.study.view import ModelView


@figure(
    title="Cascading randomization",
    caption="Similarity of the maps of {model} with the original ones while its weights are drawn anew from the "
    "output down to the layer that is named ({metric}); mean over {images}, band: one standard deviation. The dashed "
    "vertical line is where randomization begins. Open marks over 'original': a map against itself, made again with "
    "other noise; a map below its own floor says nothing about the model. Maps that never look at the model stay at 1.",
    needs=("parameter_randomization",),
)
def cascade_curves(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One panel per similarity, one drawing per parameter_randomization of the study."""
    for metric in columns(model, "parameter_randomization"):
        shown = panels(model, metric, "cascading ")
        if not shown:
            continue
        drawn, axes = sheet.panels(len(shown), each=2.0, ratio=0.85)
        rows: Rows = []
        for ax, panel in zip(axes, shown, strict=True):
            same = panel.name == "same class"
            rows += class_line(ax, panel.curve) if same else similarity_lines(ax, sheet, model, panel)
            ax.set_title(words(panel.title, 40))
            if ax.get_subplotspec().is_first_col():  # type: ignore[union-attr]
                ax.set_ylabel("similarity")
            if not panel.compares:
                ax.set_ylabel("share of images" if same else "share of pixels")
        one_scale(axes, rows)
        sheet.legend(drawn, axes[0])
        yield Drawing(drawn, rows, part=part_of(model, metric), words={"metric": metric.label})
