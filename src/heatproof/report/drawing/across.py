"""Figures of several runs side by side, drawn from the tables that compare them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from heatproof.report.drawing.ink import nth
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.drawing.squares import area, diverging, squares, warning
from heatproof.report.tabling.binder import Sheaf

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TOP = 0.2
"""Similarity to maps of random weights from which on the colour is the strongest."""


def drawn_across(sheaf: Sheaf, sheet: Sheet) -> Figure:
    """The figure of one of the tables."""
    return DRAWN[sheaf.kind](sheaf, sheet)


def _transfer(sheaf: Sheaf, sheet: Sheet) -> Figure:
    """Kendall's tau: metrics downwards, pairs of runs across."""
    metrics = list(dict.fromkeys(str(row["metric"]) for row in sheaf.rows))
    pairs = list(dict.fromkeys(f"{row['a']} / {row['b']}" for row in sheaf.rows))
    values = np.full((len(metrics), len(pairs)), np.nan)
    for row in sheaf.rows:
        tau: Any = row["kendall"]
        values[metrics.index(str(row["metric"])), pairs.index(f"{row['a']} / {row['b']}")] = (
            np.nan if tau is None else tau
        )
    figure, ax, room = area(sheet, metrics, pairs)
    squares(ax, values, metrics, pairs, colours=diverging(), limits=(-1, 1), numbers=room)
    return figure


def _matrix(sheaf: Sheaf, sheet: Sheet) -> Figure:
    """A symmetric matrix of correlations."""
    first, *names = sheaf.columns
    values = np.array([[_number(row.get(name)) for name in names] for row in sheaf.rows])
    figure, ax, room = area(sheet, names, names)
    squares(
        ax, values, [str(row[first]) for row in sheaf.rows], names, colours=diverging(), limits=(-1, 1), numbers=room
    )
    return figure


def _randomization(sheaf: Sheaf, sheet: Sheet) -> Figure:
    """Runs downwards, methods across, the size of the similarity."""
    runs, methods = (
        [str(row["run"]) for row in sheaf.rows],
        [c for c in sheaf.columns if c not in ("run", "similarity")],
    )
    values = np.abs(np.array([[_number(row.get(m)) for m in methods] for row in sheaf.rows]))
    figure, ax, room = area(sheet, runs, methods)
    squares(ax, values, runs, methods, colours=warning(), limits=(0, _TOP), numbers=room)
    return figure


def _alpha(sheaf: Sheaf, sheet: Sheet) -> Figure:
    """A group of bars for each metric, a colour for each run."""
    return _grouped(sheaf, sheet, "alpha", ("low", "high"), "Krippendorff's alpha")


def _noise(sheaf: Sheaf, sheet: Sheet) -> Figure:
    """A group of bars for each metric: the median ratio, with its quartiles."""
    figure = _grouped(sheaf, sheet, "snr_median", ("snr_quartile_1", "snr_quartile_3"), "signal-to-noise ratio")
    figure.axes[0].set_xscale("log")
    figure.axes[0].xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    figure.axes[0].xaxis.set_minor_formatter("")
    return figure


def _grouped(sheaf: Sheaf, sheet: Sheet, of: str, limits: tuple[str, str], label: str) -> Figure:
    runs, metrics = (list(dict.fromkeys(str(row[name]) for row in sheaf.rows)) for name in ("run", "metric"))
    figure = sheet.blank(min(8.5, 0.8 + len(metrics) * (0.1 + 0.09 * len(runs))))
    ax, height = figure.subplots(), 0.8 / len(runs)
    for number, run in enumerate(runs):
        own = {str(row["metric"]): row for row in sheaf.rows if row["run"] == run and np.isfinite(_number(row[of]))}
        places = [metrics.index(m) + height * (number + 0.5) - 0.4 for m in own]
        ax.barh(
            places, [_number(row[of]) for row in own.values()], height * 0.9, color=nth(number).colour, label=words(run)
        )
        for place, row in zip(places, own.values(), strict=True):
            ends = [_number(row[name]) for name in limits]
            if np.isfinite(ends).all():
                ax.plot(ends, [place, place], color="#222222", linewidth=0.7)
    ax.set_yticks(range(len(metrics)), [words(m, 36) for m in metrics])
    ax.set_ylim(len(metrics) - 0.5, -0.5)
    ax.set_xlabel(label)
    sheet.legend(figure, ax)
    return figure


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


DRAWN: Mapping[str, Callable[[Sheaf, Sheet], Figure]] = {
    "transfer": _transfer,
    "metric_correlation_of_runs": _matrix,
    "method_correlation_of_runs": _matrix,
    "alpha_of_runs": _alpha,
    "randomization_of_runs": _randomization,
    "noise_of_runs": _noise,
}
