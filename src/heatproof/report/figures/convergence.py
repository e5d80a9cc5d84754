"""Are these enough images?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from heatproof.report.drawing.plates import Drawing, figure
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.tables.convergence import converged
from heatproof.report.tabling.scores import scores_of
from heatproof.report.tabling.shelf import Terms
from heatproof.stats.convergence import Convergence
from heatproof.study.view import ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY = 9
"""Panels above which they are drawn smaller."""


@figure(
    title="Convergence of the medians",
    caption="Medians of the methods of {model} in 1,000 bootstrap samples of growing size, of {images}: their median, "
    "and the band that holds 95 % of them. In each title: the number of images from which on every band is narrower "
    "than {tolerance} of the distance between the best and the worst method to either side; > n: more than the run "
    "has, with a forecast by the square root of their number.",
)
def convergence(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """A panel for each metric."""
    tolerance, methods = Terms().tolerance, scores_of(model).candidates
    found = {metric: one for metric, one in converged(model, tolerance).items() if np.isfinite(one.median).any()}
    if not found:
        return
    drawn, axes = sheet.panels(len(found), each=2.0 if len(found) <= _MANY else 1.6)
    for ax, (metric, one) in zip(axes, found.items(), strict=True):
        _panel(ax, sheet, one, methods)
        ax.set_title(f"{words(metric, 30)}\n{_recommended(one)}", fontsize=6.5)
    sheet.legend(drawn, axes[0])
    rows = [row for metric, one in found.items() for row in _rows(metric, one, methods)]
    yield Drawing(drawn, rows, words={"tolerance": f"{100 * tolerance:g} %"})


def _panel(ax: Axes, sheet: Sheet, found: Convergence, methods: tuple[str, ...]) -> None:
    for place, method in enumerate(methods):
        ink = sheet.ink(method)
        ax.plot(
            found.sizes, found.median[place], label=words(method), markevery=max(1, len(found.sizes) // 6), **ink.line
        )
        ax.fill_between(found.sizes, found.low[place], found.high[place], color=ink.colour, alpha=0.1, linewidth=0)
    if found.enough:
        ax.axvline(found.enough, color="#333333", linewidth=0.7, linestyle=(0, (4, 3)))
    ax.set_xlabel("images")


def _recommended(found: Convergence) -> str:
    if found.enough is not None:
        return f"{found.enough} images"
    return f"> {found.sizes[-1]}, about {found.forecast}" if found.forecast is not None else "no difference"


def _rows(metric: str, found: Convergence, methods: tuple[str, ...]) -> Iterator[dict[str, object]]:
    for i, method in enumerate(methods):
        for j, size in enumerate(found.sizes):
            bands = {"median": found.median[i, j], "low": found.low[i, j], "high": found.high[i, j]}
            where = {"metric": metric, "method": method, "images": int(size)}
            yield {**where, **{name: float(value) for name, value in bands.items()}}
