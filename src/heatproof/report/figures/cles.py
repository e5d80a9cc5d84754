"""Pairs of methods: on how many images is the one ahead?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from heatproof.report.drawing.ink import COLOURS
from heatproof.report.drawing.plates import Drawing, figure
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.tables.duels import duel_row, leading
from heatproof.report.tables.significance import TESTS
from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Terms
from heatproof.stats.duel import Duel, duels
from heatproof.study.view import ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@figure(
    title="Leading methods against each other",
    caption="Share of {images} of {model} on which the first method is ahead of the second (ties are losses), metric "
    "by metric; {test}, two-sided, not corrected: a bar only where p < {level}.",
)
def cles(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """A panel for each pair of the leading three."""
    terms = Terms()
    found = duels(narrowed(model), leading(model), terms.test, terms.level)
    if found:
        yield bars(found, sheet, {"test": TESTS[terms.test], "level": f"{terms.level:g}"})


def bars(found: Sequence[Duel], sheet: Sheet, said: Mapping[str, object], part: str = "") -> Drawing:
    """A panel for each pair, a bar for each metric, from 0.5 to either side."""
    pairs = list(dict.fromkeys((d.a, d.b) for d in found))
    metrics = list(dict.fromkeys(d.metric for d in found))
    drawn = sheet.blank(0.7 + 0.17 * len(metrics))
    axes = drawn.subplots(1, len(pairs), squeeze=False, sharey=True)[0]
    for ax, pair in zip(axes, pairs, strict=True):
        _panel(ax, [d for d in found if (d.a, d.b) == pair], metrics)
    return Drawing(drawn, [duel_row(d) for d in found], part=part, words=said)


def _panel(ax: Axes, found: Sequence[Duel], metrics: Sequence[str]) -> None:
    for one in found:
        place, ahead = metrics.index(one.metric), one.shown - 0.5
        if one.why:
            ax.text(0.5, place, "not tested", ha="center", va="center", fontsize=5.5, color="#666666")
        else:
            ax.barh(place, ahead, left=0.5, height=0.7, color=COLOURS[0] if ahead > 0 else COLOURS[1])
    ax.set_yticks(range(len(metrics)), [words(m) for m in metrics])
    ax.set_ylim(len(metrics) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
    ax.axvline(0.5, color="#333333", linewidth=0.6)
    ax.set_title(f"{words(found[0].a, 26)}\nahead of {words(found[0].b, 26)}", fontsize=7)
