"""Agreement of the images about the methods, metric by metric."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from heatproof.report.drawing.ink import COLOURS
from heatproof.report.drawing.plates import Drawing, figure
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.tables.alpha import alphas
from heatproof.report.tabling.shelf import Terms
from heatproof.study.view import ModelView

LEAST = Terms().alpha


@figure(
    title="Do the images agree?",
    caption="Krippendorff's alpha (ordinal) of the order in which {images} put the methods of {model}, with its 95 % "
    "bootstrap interval over the images; hatched: not above {least}, the images do not agree about the methods. "
    "Controls are left out.",
    width="column",
)
def krippendorff_alpha(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """A bar for each metric."""
    found = alphas(model)
    known = [r for r in found if r.alpha is not None]
    if not known:
        return
    drawn = sheet.blank(0.5 + 0.17 * len(found))
    ax = drawn.subplots()
    for place, one in enumerate(found):
        if one.alpha is None:
            ax.text(0.01, place, words(one.why, 60), va="center", fontsize=5.5, color="#666666")
            continue
        good = one.alpha > LEAST
        look: Any = {"color": COLOURS[0]} if good else {"color": "white", "edgecolor": COLOURS[1], "hatch": "////"}
        ax.barh(place, one.alpha, height=0.7, **look)
        if one.low is not None and one.high is not None:
            ax.plot([one.low, one.high], [place, place], color="#222222", linewidth=0.8)
    ax.set_yticks(range(len(found)), [words(r.metric, 36) for r in found])
    ax.set_ylim(len(found) - 0.5, -0.5)
    ax.axvline(LEAST, color="#333333", linewidth=0.7, linestyle=(0, (4, 3)))
    ax.axvline(0, color="#333333", linewidth=0.6)
    ax.set_xlim(min(0.0, *(r.alpha if r.low is None else min(r.low, r.alpha) for r in known if r.alpha is not None)), 1)
    ax.set_xlabel("Krippendorff's alpha")
    rows = [
        {"metric": r.metric, "alpha": r.alpha, "low": r.low, "high": r.high, "images": r.images, "note": r.why}
        for r in found
    ]
    yield Drawing(drawn, rows, words={"least": f"{LEAST:g}"})
