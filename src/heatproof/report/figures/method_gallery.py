"""Images and their maps: a row for each image, a column for each method."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.grid import Grid
from heatproof.report.drawing.heat import COLOURINGS, coloured, photo, scaled
from heatproof.report.drawing.plates import Drawing, Row, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.variants import heads
from heatproof.study.view import ModelView


@figure(
    title="Maps of all methods",
    caption="Attribution maps of {model}. Colours: {colours}; every map on a scale of its own, that ends at its "
    "largest size (of several channels: at the 99th percentile).",
    report=False,
)
def method_gallery(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing per colouring."""
    methods = [m for m in model.methods if m.name != "constant"]
    images = model.images[: sheet.images]
    maps = {(i, j): model.load_map(m.key, x.id) for i, x in enumerate(images) for j, m in enumerate(methods, 1)}
    there = {place: phi for place, phi in maps.items() if phi is not None}
    for how, said in COLOURINGS.items() if there else ():
        grid = Grid([image.target_name for image in images], ["input", *heads(methods)])
        grid.pictures = {(i, 0): photo(image.pixels(), sheet.pixels) for i, image in enumerate(images)}
        grid.pictures |= {place: coloured(phi, how, sheet.pixels) for place, phi in there.items()}
        rows: list[Row] = [
            {
                "image": images[i].id,
                "class": images[i].target_name,
                "method": methods[j - 1].label,
                "value_of_last_colour": scaled(phi, absolute=how != "signed")[1],
            }
            for (i, j), phi in there.items()
        ]
        yield Drawing(grid.figure(sheet, how), rows, part=how, words={"colours": said})
