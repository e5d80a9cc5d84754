"""One colour, dash and marker per method, the same in every figure and on the pages of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heatproof.report.style import styles
from heatproof.study.view import RunView

COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#9f4070", "#d99000", "#4aaee8"),
    *("#5b3a8c", "#7a5c14", "#003020", "#506050", "#401040", "#9fbf80"),
)
"""Told apart by the colour blind too: the last four are those that, for any of them, lie furthest from the others.

The same as in the style sheet of the report.
"""
GREY = "#8d9096"
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5)))
HATCHES = ("", "////", "....", "xxxx")
MARKERS = "osD^vXP*<>ph"


@dataclass(frozen=True)
class Ink:
    """How the line of a method looks, also in black and white."""

    colour: str = COLOURS[0]
    dash: Any = "-"
    marker: str = "o"

    @property
    def pale(self) -> tuple[float, ...]:
        """For areas: the colour mixed with white."""
        channels = (int(self.colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return tuple(0.4 * c + 0.6 for c in channels)

    @property
    def hatch(self) -> str:
        """For areas: what the dash is for lines."""
        return HATCHES[DASHES.index(self.dash)] if self.dash in DASHES else ""

    @property
    def line(self) -> dict[str, Any]:
        """Keywords for Axes.plot."""
        return {"color": self.colour, "linestyle": self.dash, "marker": self.marker}


def inks(view: RunView) -> Mapping[str, Ink]:
    """Label of the method -> its ink."""
    found = {}
    for label, classes in styles(view).items():
        hue, dash = classes.split()
        cycle = int(dash[1:])
        colour, place = (GREY, 0) if hue == "control" else (COLOURS[int(hue[1:])], int(hue[1:]))
        # Twelve neighbours differ in hue but share a dash: markers tell them apart in print.
        found[label] = Ink(colour, DASHES[cycle], MARKERS[(place + cycle) % len(MARKERS)])
    return found


def nth(place: int) -> Ink:
    """The ink of the place-th of things that are no methods: models, sizes, settings."""
    cycle, hue = divmod(place, len(COLOURS))
    return Ink(COLOURS[hue], DASHES[cycle % len(DASHES)], MARKERS[(hue + cycle) % len(MARKERS)])
