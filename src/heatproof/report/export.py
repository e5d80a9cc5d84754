"""The leaderboard and the references as text to paste elsewhere: CSV, LaTeX, BibTeX."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable

from heatproof.report.page import cells, judged, ranked
from heatproof.report.text import number_format
from heatproof.stats.verdict import Cell
from heatproof.study.view import FormulaView, ModelView

_LATEX = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "{}$&#_%"},
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "\n": " ",
}
_LATEX_ARROWS = {"higher": r" $\uparrow$", "lower": r" $\downarrow$"}
_COLUMNS = ("model", "method", "control", "metric", "better", "mean", "low", "high", "count", "undefined")


def leaderboard(model: ModelView) -> list[tuple[str, str]]:
    """(kind, text) of everything that can be copied from the leaderboard of this model."""
    used = bibtex((*model.methods, *model.metrics))
    texts = [("CSV", leaderboard_csv(model)), ("LaTeX", leaderboard_latex(model)), ("BibTeX", used)]
    return [(kind, text) for kind, text in texts if text]


def leaderboard_csv(model: ModelView) -> str:
    """One row for each method and metric. Text that a spreadsheet would run gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*_COLUMNS, "best", "beats_random"))
    found = cells(model)
    for method in ranked(model):
        for metric in judged(model):
            if cell := found.get((method.label, metric.label)):
                texts = [model.name, method.label, _yes(method.control), metric.label, metric.better]
                numbers = [*map(_known, (cell.mean, cell.low, cell.high)), cell.count, cell.undefined]
                writer.writerow([*map(_harmless, texts), *numbers, _yes(cell.best), _yes(cell.beats_random)])
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _known(value: float | None) -> float | str:
    return "" if value is None or math.isnan(value) else value


def _yes(flag: bool | None) -> str:
    return "" if flag is None else str(flag).lower()


def leaderboard_latex(model: ModelView) -> str:
    r"""A booktabs table: bold where not significantly worse than the best, a dagger where not better than random."""
    found, methods = cells(model), ranked(model)
    written = {metric.label: _latex_column(metric, methods, found) for metric in judged(model)}
    heads = [latex(m.label) + _LATEX_ARROWS.get(m.better, "") for m in judged(model)]
    lines = [
        r"% \usepackage{booktabs,xcolor}",
        rf"\begin{{tabular}}{{l{'r' * len(judged(model))}}}",
        r"\toprule",
        " & ".join(["Method", *heads]) + r" \\",
    ]
    lines += [r"\midrule"]
    for place, method in enumerate(methods):
        if method.control and place and not methods[place - 1].control:
            lines.append(r"\midrule")
        row = [latex(method.label), *(written[metric.label][place] for metric in judged(model))]
        lines.append(" & ".join(rf"\textcolor{{gray}}{{{v}}}" if method.control else v for v in row) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _latex_column(metric: FormulaView, methods: Iterable[FormulaView], found: dict[tuple[str, str], Cell]) -> list[str]:
    row = [found.get((method.label, metric.label)) for method in methods]
    plain = number_format(v for cell in row if cell for v in (cell.low, cell.mean, cell.high))

    def write(value: float | None) -> str:
        return "--" if value is None else f"${plain(value)}$".replace("−", "-").replace(",", "{,}")

    return [_latex_cell(cell, write(cell.mean), write(cell.low), write(cell.high)) if cell else "--" for cell in row]


def _latex_cell(cell: Cell, mean: str, low: str, high: str) -> str:
    if cell.mean is None:
        return mean
    strong = rf"\textbf{{\boldmath {mean}}}" if cell.best else mean
    dagger = r"$^\dagger$" if cell.beats_random is False else ""
    return strong + dagger + (rf" {{\scriptsize [{low}, {high}]}}" if cell.low is not None else "")


def latex(text: str) -> str:
    """The text with every sign that means something to LaTeX escaped."""
    return "".join(_LATEX.get(c, c) for c in text)


def bibtex(formulas: Iterable[FormulaView]) -> str:
    """The entries of these formulas, each once."""
    return "\n\n".join(dict.fromkeys(f.bibtex.strip() for f in formulas if f.bibtex.strip()))
