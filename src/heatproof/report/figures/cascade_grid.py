"""The maps themselves while the model forgets: a row for each method, a column for each stage."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.albums import Album, albums
from heatproof.report.drawing.grid import Grid
from heatproof.report.drawing.heat import COLOURINGS, Colouring, coloured, photo, scaled
from heatproof.report.drawing.lines import briefly
from heatproof.report.drawing.plates import Absent, Drawing, Row, columns, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.study.view import ModelView

IMAGES = 2
"""Images that have a drawing of their own, at most."""


@figure(
    title="Maps under cascading randomization",
    caption="Maps of {image} by {model}: first the trained model, then with the weights drawn anew from the output "
    "down to the layer that is named. Colours: {colours}; every map on a scale of its own.",
    needs=("parameter_randomization",),
)
def cascade_grid(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per image and colouring."""
    metric = columns(model, "parameter_randomization")[0]
    for album in albums(model, metric, 1 if sheet.brief else IMAGES):
        if not album.names("cascading "):
            raise Absent("needs parameter_randomization with order cascading or both")
        for how in list(COLOURINGS)[: 1 if sheet.brief else None]:
            yield _drawing(model, sheet, album, how)


def _drawing(model: ModelView, sheet: Sheet, album: Album, how: Colouring) -> Drawing:
    methods = [m for m in model.methods if m.key in album.maps and not m.control]
    names = album.names("cascading ")
    grid = Grid(["input", *(m.label for m in methods)], ["original", *briefly([n.partition(" ")[2] for n in names])])
    grid.largest = 0.7
    grid.pictures[0, 0] = photo(album.image.pixels(), sheet.pixels)
    rows: list[Row] = []
    for i, method in enumerate(methods, 1):
        original = model.load_map(method.key, album.image.id)
        maps = [original, *(album.maps[method.key].get(name) for name in names)]
        for j, phi in enumerate(maps):
            if phi is not None:
                grid.pictures[i, j] = coloured(phi, how, sheet.pixels)
                end = scaled(phi, absolute=how != "signed")[1]
                rows.append(
                    {
                        "method": method.label,
                        "stage": "original" if not j else names[j - 1].partition(" ")[2],
                        "value_of_last_colour": end,
                    }
                )
    said = {"image": album.image.id, "colours": COLOURINGS[how]}
    return Drawing(grid.figure(sheet, how), rows, part=f"{album.image.id}-{how}", words=said)
