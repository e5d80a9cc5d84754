"""Guided backpropagation alone under cascading randomization: its maps, and its similarities side by side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.drawing.albums import albums
from heatproof.report.drawing.depth import ORIGINAL, Rows, floor_mark, frame, from_one, one_scale, points
from heatproof.report.drawing.grid import Grid
from heatproof.report.drawing.heat import coloured, photo
from heatproof.report.drawing.ink import nth
from heatproof.report.drawing.lines import briefly, line
from heatproof.report.drawing.plates import Absent, Drawing, columns, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.similarities import panels
from heatproof.report.drawing.spread import row_of
from heatproof.study.view import FormulaView, ModelView

NAME = "guided_backprop"


@figure(
    title="Guided backpropagation under cascading randomization",
    caption="{what} of guided backpropagation on {model}, from the trained model to one whose weights are drawn anew "
    "from the output down to the layer that is named.",
    needs=("parameter_randomization",),
    report=False,
)
def guided_backprop_cascade(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """A drawing of the similarities, and one of the maps where they were kept."""
    metric = columns(model, "parameter_randomization")[0]
    methods = [m for m in model.methods if m.name == NAME]
    if not methods:
        raise Absent(f"needs the method {NAME}")
    if drawing := _similarities(model, sheet, metric, methods[0]):
        yield drawing
    yield _maps(model, sheet, metric, methods[0])


def _similarities(model: ModelView, sheet: Sheet, metric: FormulaView, method: FormulaView) -> Drawing | None:
    shown = [p for p in panels(model, metric, "cascading ") if p.compares and method.key in p.values]
    if not shown:
        return None
    drawn, (ax,) = sheet.panels(1, ratio=0.42)
    rows: Rows = []
    for place, panel in enumerate(shown):
        names = [ORIGINAL, *points(panel.curve)]
        found = line(ax, nth(place), panel.title, range(len(names)), from_one(panel.values[method.key]))
        rows += [{"similarity": panel.name, "stage": stage, **row_of(found, i)} for i, stage in enumerate(names)]
        if (floor := panel.floors.get(method.key)) is not None:
            floor_mark(ax, nth(place), float(np.nanmean(floor)))
        frame(ax, names)
    one_scale([ax], rows)
    ax.set_ylabel("similarity")
    sheet.legend(drawn, ax)
    return Drawing(drawn, rows, part="similarities", words={"what": "Similarity with the original map (mean, one sd)"})


def _maps(model: ModelView, sheet: Sheet, metric: FormulaView, method: FormulaView) -> Drawing:
    found = albums(model, metric, sheet.images, (method,))
    names = found[0].names("cascading ")
    if not names:
        raise Absent("needs parameter_randomization with order cascading or both")
    heads = ["input", ORIGINAL, *briefly([n.partition(" ")[2] for n in names])]
    grid = Grid([album.image.target_name for album in found], heads)
    for i, album in enumerate(found):
        grid.pictures[i, 0] = photo(album.image.pixels(), sheet.pixels)
        maps = [model.load_map(method.key, album.image.id), *(album.maps[method.key].get(n) for n in names)]
        for j, phi in enumerate(maps, 1):
            if phi is not None:
                grid.pictures[i, j] = coloured(phi, "signed", sheet.pixels)
    rows = [{"image": album.image.id, "class": album.image.target_name} for album in found]
    return Drawing(grid.figure(sheet, "signed"), rows, part="maps", words={"what": "Maps"})
