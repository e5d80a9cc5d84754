"""Which methods beat random maps, on which metrics: a square where they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from heatproof.report.drawing.plates import Drawing, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.drawing.squares import area, rising, squares
from heatproof.report.tables.significance import CORRECTIONS, TESTS, significance_row, tested
from heatproof.report.tabling.shelf import Terms
from heatproof.stats.against import Against, glyph
from heatproof.study.view import ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@figure(
    title="Better than random maps",
    caption="Methods of {model} that are significantly better than the random control, paired by image ({images}): "
    "{test}, one-sided, {correction}, p < {level}. Area and colour of a square: 2 (P - 1/2), P the share of the images "
    "on which the method is ahead. Empty: not significant; x: not tested.",
)
def significance_summary(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """Metrics downwards, methods across."""
    terms = Terms()
    found = tested(model, terms)
    if found:
        words = {"test": TESTS[terms.test], "correction": CORRECTIONS[terms.correction], "level": f"{terms.level:g}"}
        yield summary(found, sheet, words)


def summary(found: Sequence[Against], sheet: Sheet, said: Mapping[str, object], part: str = "") -> Drawing:
    """The grid of these tests."""
    metrics = list(dict.fromkeys(t.metric for t in found))
    methods = list(dict.fromkeys(t.method for t in found))
    drawn, ax, _ = area(sheet, metrics, methods)
    squares(
        ax, np.zeros((len(metrics), len(methods))), metrics, methods, colours=rising(), limits=(0, 1), numbers=False
    )
    ax.grid(which="minor", color="#e4e4e4", linewidth=0.5)
    for one in found:
        _glyph(ax, one, methods.index(one.method), metrics.index(one.metric))
    return Drawing(drawn, [significance_row(t) for t in found], part=part, words=said)


def _glyph(ax: Axes, found: Against, x: int, y: int) -> None:
    from matplotlib.patches import Rectangle

    if found.why:
        ax.text(x, y, "x", ha="center", va="center", color="#888888", fontsize=5.5)
        return
    size = glyph(found)
    if size > 0:
        side = 0.86 * np.sqrt(size)
        colour = rising()(0.35 + 0.65 * size)
        ax.add_patch(Rectangle((x - side / 2, y - side / 2), side, side, facecolor=colour, linewidth=0))
