"""Curves: a line per method, the spread over the images around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from heatproof.report.drawing.ink import Ink
from heatproof.report.drawing.sheet import words
from heatproof.report.drawing.spread import Spread, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTER = 0.06
"""Inches of a letter of a tick label, about."""
BANDS = 8
MARKED = 24
"""Points of a line that carry a marker, about."""


def line(ax: Axes, ink: Ink, label: str, x: Sequence[float], values: Any, *, band: str = "sd", **how: Any) -> Spread:
    """Draw the mean of `values` (images, points) over x, with +- sd, the 95 % interval (`ci`) or no band (``)."""
    found = spread(np.atleast_2d(values))
    sides = {
        "sd": (found.mean - found.deviation, found.mean + found.deviation),
        "ci": (found.low, found.high),
    }
    every = max(1, len(x) // MARKED)
    ax.plot(x, found.mean, **{**ink.line, "label": words(label), "markevery": every, **how})
    if band:
        ax.fill_between(x, *sides[band], color=ink.colour, alpha=0.08, linewidth=0)
    return found


def band_for(lines: int) -> tuple[str, str]:
    """Which band suits this many lines, and how a caption says so: many bands on each other show nothing."""
    return ("ci", "band: 95 % interval") if lines <= BANDS else ("", "the intervals are in the table")


def stages(ax: Axes, names: Sequence[str], longest: int = 16) -> None:
    """Names under the points 0, 1, 2, .., turned where they are long or many."""
    short = [tail(name, longest) for name in briefly(names)]
    spec = ax.get_subplotspec()
    across = spec.get_gridspec().ncols if spec else 1
    room = ax.get_figure().get_figwidth() / across - 0.5  # type: ignore[union-attr]
    upright = max(map(len, short), default=0) * LETTER < room / max(1, len(short) - 1)
    turned: Mapping[str, Any] = {} if upright else {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(len(short)), short, **turned)


def briefly(names: Sequence[str]) -> list[str]:
    """Dotted names of layers by their first parts, as few as tell them apart: net.blocks.4.norm is blocks.4."""
    dotted = [name.split(".") for name in names if "." in name]
    shared = 0
    while dotted and all(len(parts) > shared + 1 and parts[shared] == dotted[0][shared] for parts in dotted):
        shared += 1
    rest = [name.split(".")[shared if "." in name else 0 :] for name in names]
    most = max(map(len, rest), default=1)
    few = next((k for k in range(1, most) if len({tuple(r[:k]) for r in rest}) == len(set(names))), most)
    return [".".join(r[:few]) for r in rest]


def tail(name: str, longest: int = 16) -> str:
    """A name of a layer, whose end says most."""
    text = words(name, 200)
    return text if len(text) <= longest else "…" + text[1 - longest :]
