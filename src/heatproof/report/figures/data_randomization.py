"""Maps of the model and of its twin that was trained on random labels, and how alike they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.drawing.albums import Album, albums
from heatproof.report.drawing.bars import bars
from heatproof.report.drawing.grid import Grid
from heatproof.report.drawing.heat import Colouring, coloured, photo
from heatproof.report.drawing.plates import Absent, Drawing, Row, columns, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.similarities import FLOOR, TITLES, floors
from heatproof.report.drawing.spread import has_values, row_of, spread
from heatproof.study.view import FormulaView, ModelView

HALVES: tuple[tuple[Colouring, str], ...] = (("red", "absolute"), ("signed", "signed"))
IMAGES = 2
BARS = 3
"""Similarities that have a panel, at most."""


@figure(
    title="Random labels",
    caption="{what} of {model} and of its twin that learned random labels by heart, {over}. A map that explains what "
    "was learned has to change.",
    needs=("data_randomization",),
)
def data_randomization(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing of the similarities, and one of the maps of each image for which they were kept."""
    metric = columns(model, "data_randomization")[0]
    if drawing := _similarities(model, sheet, metric):
        yield drawing
    for album in albums(model, metric, 1 if sheet.brief else IMAGES):
        yield _maps(model, sheet, album)


def _similarities(model: ModelView, sheet: Sheet, metric: FormulaView) -> Drawing | None:
    curves = {curve.name: curve for curve in model.curves.get(metric.key, ())}
    curve = curves.get("similarities")
    methods = [m for m in model.methods if curve and has_values(curve.values.get(m.key))]
    if curve is None or not methods:
        return None
    names = curve.x_names[:BARS]
    drawn, axes = sheet.panels(len(names), each=2.0, ratio=0.22 + 0.065 * len(methods), sharey=True)
    rows: list[Row] = []
    for place, (ax, name) in enumerate(zip(axes, names, strict=True)):
        found = [spread(curve.values[m.key][:, place : place + 1]) for m in methods]
        marks = floors(curves.get(FLOOR), name)
        means = [float(np.nanmean(marks[m.key])) if m.key in marks else float("nan") for m in methods]
        bars(
            ax,
            sheet,
            methods,
            [f.mean[0] for f in found],
            [(f.deviation[0], f.deviation[0]) for f in found],
            marks=means,
        )
        ax.set_title(TITLES.get(name, name))
        ax.set_xlim(min(-0.25, *(float(f.mean[0] - f.deviation[0]) - 0.05 for f in found)), 1.1)
        rows += [
            {"similarity": name, "method": m.label, **row_of(f, 0), "noise_floor": floor}
            for m, f, floor in zip(methods, found, means, strict=True)
        ]
    over = "mean over the images, whiskers: one standard deviation, open marks: a map against itself, made again"
    said = {"what": "Similarity between the maps", "over": over}
    return Drawing(drawn, rows, part="similarities", words=said)


def _maps(model: ModelView, sheet: Sheet, album: Album) -> Drawing:
    methods = [m for m in model.methods if m.key in album.maps and not m.control]
    (name,) = album.names()[:1] or [""]
    if not name:
        raise Absent("needs maps of the twin")
    heads = ["input", *(m.label for m in methods)]
    labels = ("true labels", "random labels")
    grid = Grid([f"{label}, {said}" for _, said in HALVES for label in labels], heads)
    rows: list[Row] = []
    for half, (how, said) in enumerate(HALVES):
        grid.pictures[2 * half, 0] = photo(album.image.pixels(), sheet.pixels)
        for j, method in enumerate(methods, 1):
            for i, phi in enumerate((model.load_map(method.key, album.image.id), album.maps[method.key].get(name))):
                if phi is not None:
                    grid.pictures[2 * half + i, j] = coloured(phi, how, sheet.pixels)
                    rows.append({"method": method.label, "labels": labels[i], "colours": said})
    words = {"what": "Maps", "over": f"{album.image.id}, absolute above, signed below"}
    return Drawing(grid.figure(sheet, "signed"), rows, part=f"maps-{album.image.id}", words=words)
