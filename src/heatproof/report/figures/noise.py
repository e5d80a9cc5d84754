"""How much of a score is chance: signal-to-noise ratios and noise shares of repeated metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from heatproof.report.drawing.ink import nth
from heatproof.report.drawing.plates import Drawing, figure
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.tables.noise import Repeats, noises
from heatproof.study.view import ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@figure(
    title="Signal and noise of random metrics",
    caption="Metrics of {model} repeated with other random draws on the same maps ({images}). Left: squared mean over "
    "variance of the repeats of an image; boxes over the images, whiskers to 1.5 times their length{endless}. Right: "
    "mean variance over the repeats as a share of the variance of all values.",
)
def noise(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """Boxes of the ratios beside bars of the shares, a group for each method."""
    found, methods = noises(model), [m.label for m in model.methods]
    drawn = sheet.blank(2.6)
    left, right = drawn.subplots(1, 2)
    _boxes(left, found, methods)
    _bars(right, found, methods)
    for ax in (left, right):
        ax.set_xticks(
            range(len(methods)), [words(m, 22) for m in methods], rotation=45, ha="right", rotation_mode="anchor"
        )
    sheet.legend(drawn, right)
    ratios = [r for one in found for n in one.noise.values() for r in n.ratios.tolist()]
    endless = int(np.isinf(ratios).sum())
    said = f"; {endless} infinite ratios (equal repeats) are not drawn" if endless else ""
    rows = [
        {"metric": one.metric, "method": method, "image": model.images[i].id, "snr": float(ratio), "noise": n.share}
        for one in found
        for method, n in one.noise.items()
        for i, ratio in enumerate(n.ratios)
    ]
    yield Drawing(drawn, rows, words={"endless": said})


def _place(group: int, number: int, of: int) -> float:
    return group + 0.8 * ((number + 0.5) / of - 0.5)


def _boxes(ax: Axes, found: Sequence[Repeats], methods: Sequence[str]) -> None:
    for number, one in enumerate(found):
        colour = nth(number).colour
        for group, method in enumerate(methods):
            ratios = one.noise[method].ratios
            drawable = ratios[np.isfinite(ratios) & (ratios > 0)]
            if len(drawable):
                ax.boxplot(
                    drawable,
                    positions=[_place(group, number, len(found))],
                    widths=0.7 / len(found),
                    patch_artist=True,
                    boxprops={"facecolor": colour, "alpha": 0.55, "linewidth": 0.6},
                    medianprops={"color": "#111111", "linewidth": 0.9},
                    whiskerprops={"linewidth": 0.6},
                    capprops={"linewidth": 0.6},
                )
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(_power)
    ax.yaxis.set_minor_formatter("")
    ax.set_ylabel("signal-to-noise ratio")


def _power(value: float, place: float) -> str:
    """`10⁻³`: formulas are not typeset."""
    del place
    return "10" + f"{np.log10(value):.0f}".translate(_RAISED)


def _bars(ax: Axes, found: Sequence[Repeats], methods: Sequence[str]) -> None:
    for number, one in enumerate(found):
        shares = [one.noise[m].share for m in methods]
        ax.bar(
            [_place(group, number, len(found)) for group in range(len(methods))],
            [100 * share if share is not None else 0.0 for share in shares],
            width=0.7 / len(found),
            color=nth(number).colour,
            label=words(one.metric),
        )
    ax.set_ylabel("noise, % of the variance")
