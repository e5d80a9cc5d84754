"""Maps beside an edge detector, which knows no model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.drawing.grid import Grid
from heatproof.report.drawing.heat import Array, coloured, photo
from heatproof.report.drawing.plates import Absent, Drawing, Row, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.study.view import ModelView
from heatproof.vocabulary.errors import Undefined

IMAGES = 3
EDGES = "edges"


@figure(
    title="Maps and edges",
    caption="The maps of {model} beside an edge detector, which never looks at the model. Absolute values; below "
    "each map its rank correlation (Spearman, absolute) with the edges.",
    report=False,
)
def edge_comparison(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One drawing."""
    edges = next((m for m in model.methods if m.name == EDGES), None)
    if edges is None:
        raise Absent("needs the control edges")
    methods = [edges, *(m for m in model.methods if not m.control and m is not edges)]
    images = model.images[:IMAGES]
    grid, notes = Grid([image.target_name for image in images], ["input", *(m.label for m in methods)]), {}
    rows: list[Row] = []
    for i, image in enumerate(images):
        grid.pictures[i, 0] = photo(image.pixels(), sheet.pixels)
        truth = model.load_map(edges.key, image.id)
        for j, method in enumerate(methods, 1):
            phi = model.load_map(method.key, image.id)
            if phi is None:
                continue
            grid.pictures[i, j] = coloured(phi, "red", sheet.pixels)
            alike = _alike(truth, phi)
            notes[i, j] = f"{alike:.2f}".replace("-", "−") if np.isfinite(alike) and method is not edges else ""
            rows.append({"image": image.id, "method": method.label, "absolute_spearman_with_edges": alike})
    grid.notes = notes
    if rows:
        yield Drawing(grid.figure(sheet, "red"), rows)


def _alike(edges: Array | None, phi: Array) -> float:
    from heatproof.vocabulary.similarity import similarity

    if edges is None:
        return float("nan")
    try:
        return similarity("absolute_spearman", 0.1)(edges.sum(0, keepdims=True), phi.sum(0, keepdims=True))
    except Undefined:
        return float("nan")
