"""The figures of a paper, inside the report."""

from __future__ import annotations

from typing import Any

from heatproof.report.drawing.book import Leaf, leaves
from heatproof.report.drawing.inline import inline
from heatproof.report.drawing.plates import Absent, plates
from heatproof.report.page import Content, Shared
from heatproof.stats.words import plural

ROOM = 1_300_000
"""Characters that all figures may take."""


def of_run(shared: Shared) -> Content:
    """Every figure that the run has values for and no other page shows, until the room is used up."""
    figures: list[dict[str, Any]] = []
    left_out: list[str] = []
    room = ROOM
    for plate in plates().values():
        for leaf in _leaves(shared, plate.name) if plate.report else ():
            drawn = inline(leaf.drawing.figure, f"f{len(figures)}", leaf.plate.title)
            if len(drawn) > room:
                left_out.append(leaf.name)
                continue
            room -= len(drawn)
            figures.append({"drawn": drawn, "caption": leaf.caption, "name": leaf.name, "width": _width(leaf)})
    if not figures:
        return None
    note = f"{plural(len(left_out), 'figure')} left out here: {', '.join(left_out)}." if left_out else ""
    return {"figures": figures, "note": note}


def _leaves(shared: Shared, name: str) -> list[Leaf]:
    try:
        return leaves(shared.view, plates()[name], brief=True)
    except Absent:
        return []


def _width(leaf: Leaf) -> str:
    return "half" if leaf.plate.width == "column" else "full"
