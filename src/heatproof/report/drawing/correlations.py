"""Matrices of correlations, drawn."""

from __future__ import annotations

from collections.abc import Mapping

from heatproof.report.drawing.plates import Drawing
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.squares import area, diverging, squares
from heatproof.report.tabling.matrices import matrix_rows
from heatproof.stats.correlation import Correlations


def correlations(found: Correlations, sheet: Sheet, first: str, said: Mapping[str, object], part: str = "") -> Drawing:
    """The matrix on the scale from -1 to 1; `first` names what its names are."""
    drawn, ax, room = area(sheet, found.names, found.names)
    squares(ax, found.mean, found.names, found.names, colours=diverging(), limits=(-1, 1), numbers=room)
    return Drawing(drawn, matrix_rows(found, first), part=part, words=said)
