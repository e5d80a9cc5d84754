"""The leaderboard and the verdict on a terminal: at 80 columns, without colours and in ASCII as well."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heatproof.report.page import judged
from heatproof.stats.verdict import Cell
from heatproof.stats.words import percent, plural
from heatproof.study.view import ModelView, RunView
from heatproof.vocabulary.text import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

_WIDE = 120
"""Columns from which a mean and its interval share a line."""
_LABEL = 24
"""Longest line of a label; longer ones are folded."""
_GAP = 2
_SIGNS = {
    False: {"higher": "↑", "lower": "↓", "": "", "random": "≈", "none": "–"},
    True: {"higher": "(+)", "lower": "(-)", "": "", "random": "~", "none": "-"},
}
"""ASCII only? -> what stands for it."""
_SANITY = {"pass": ("PASS", "green"), "fail": ("FAIL", "bold red")}
_CONTROL = "bright_black"


def print_run(view: RunView, console: Console) -> None:
    """The leaderboard of each model, then what it means, warnings first, then the cost."""
    from rich.table import Table
    from rich.text import Text

    lines = Table.grid(padding=(0, 1))
    for mark, line in _lines(view):
        style = "yellow" if mark == "!" else ""
        lines.add_row(Text(mark, style=style), Text(plain(line, console.options.ascii_only), style=style))
    console.print(leaderboard(view), lines)


def summary(view: RunView) -> list[str]:
    """The verdict in lines of plain text: warnings, sentences, cost."""
    return [("warning: " if mark == "!" else "") + plain(line) for mark, line in _lines(view)]


def _lines(view: RunView) -> Iterator[tuple[str, str]]:
    """Lines with their mark: "!" a warning, "-" a sentence, "" neither."""
    yield from (("!", text) for text in _unfinished(view))
    yield from (("!", text) for text in view.habits)
    for model in view.models:
        if len(view.models) > 1:
            yield "", f"{model.name}:"
        yield from (("!", text) for text in model.verdict.warnings)
        yield from (("-", text) for text in model.verdict.sentences)
    yield from (("", text) for text in _cost(view.cost))


def leaderboard(view: RunView) -> RenderableType:
    """Per model method x metric: mean and interval, marks, the sanity check, best method first."""
    return _Leaderboard(view)


def plain(text: str, ascii_only: bool = False) -> str:
    """The text as this terminal can show it."""
    shown = visible(text)
    return shown.encode("ascii", "backslashreplace").decode() if ascii_only else shown


@dataclass(frozen=True)
class _Leaderboard:
    """Made when it is printed, because only then width and encoding are known."""

    view: RunView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        from rich.text import Text

        ascii_only = options.ascii_only
        for model in self.view.models:
            name, images = plain(model.name, ascii_only), plural(len(model.images), "image")
            yield Text(f"{name}, {images}, best method first", style="bold")
            for table in _tables(model, options.max_width, ascii_only):
                yield table
                yield Text()
        yield Text(_legend(ascii_only), style=_CONTROL)


@dataclass(frozen=True)
class _Column:
    """A column: its head and its cells, lines of text with a style."""

    head: str
    cells: tuple[tuple[str, str], ...]
    right: bool = False

    @property
    def width(self) -> int:
        """Columns of the terminal that it takes."""
        from rich.cells import cell_len

        return max(cell_len(line) for text in (self.head, *(c for c, _ in self.cells)) for line in text.split("\n"))


def _tables(model: ModelView, width: int, ascii_only: bool) -> Iterator[Table]:
    """As many tables under each other as the width needs; each names the methods, the first has the sanity check."""
    verdict = model.verdict
    better = {metric.label: metric.better for metric in judged(model)}
    who = _methods(model, ascii_only)
    metrics = [_metric(model, m, better.get(m, ""), width >= _WIDE, ascii_only) for m in verdict.metrics]
    real = len(verdict.methods) - len(verdict.controls)
    for columns in _split([*who, _sanity(model)], who, metrics, width):
        yield _table(columns, real)


def _split(
    first: list[_Column], again: list[_Column], columns: Iterable[_Column], width: int
) -> Iterator[list[_Column]]:
    """Columns in groups that fit the width; each group starts with the columns that name the rows."""
    group, names = list(first), first
    for column in columns:
        if len(group) > len(names) and sum(c.width + _GAP for c in [*group, column]) - _GAP > width:
            yield group
            group, names = list(again), again
        group.append(column)
    yield group


def _table(columns: Sequence[_Column], real: int) -> Table:
    """A table of these columns; the controls below a line."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for column in columns:
        table.add_column(Text(column.head), justify="right" if column.right else "left", overflow="fold")
    for i, row in enumerate(zip(*(column.cells for column in columns), strict=True)):
        table.add_row(*(Text(text, style=style) for text, style in row), end_section=i == real - 1)
    return table


def _methods(model: ModelView, ascii_only: bool) -> list[_Column]:
    """Place and name of each method."""
    controls = model.verdict.controls
    styles = [_CONTROL if m in controls else "" for m in model.verdict.methods]
    places = ["ctl" if m in controls else str(i) for i, m in enumerate(model.verdict.methods, 1)]
    names = [_fold(plain(m, ascii_only), _LABEL) for m in model.verdict.methods]
    return [
        _Column("#", tuple(zip(places, styles, strict=True)), right=True),
        _Column("method", tuple(zip(names, styles, strict=True))),
    ]


def _sanity(model: ModelView) -> _Column:
    """Who fails the sanity check."""
    outcomes = dict.fromkeys(model.verdict.methods, "not tested") | {s.method: s.outcome for s in model.verdict.sanity}
    found = {m: _SANITY.get(outcomes[m], (outcomes[m], "")) for m in model.verdict.methods}
    cells = ((text, _CONTROL if m in model.verdict.controls else style) for m, (text, style) in found.items())
    return _Column("sanity", tuple(cells))


def _metric(model: ModelView, metric: str, better: str, wide: bool, ascii_only: bool) -> _Column:
    """Mean and interval of each method on one metric, all with the same number of digits."""
    verdict, signs = model.verdict, _SIGNS[ascii_only]
    cells = [verdict.cell(method, metric) for method in verdict.methods]
    power, digits = _digits(cells)
    shown = tuple((_cell(c, power, digits, wide, signs), _style(c, c.method in verdict.controls)) for c in cells)
    room = max(_LABEL // 2, _Column("", shown).width)
    head = _fold(plain(metric, ascii_only), room)
    if better:  # the sign may stand out by two columns, rather than alone in a line
        head += (" " if len(head.split("\n")[-1]) < room + 1 else "\n") + signs[better]
    return _Column(head + f"\nx 1e{power}" * bool(power), shown, right=True)


def _cell(cell: Cell, power: int, digits: int, wide: bool, signs: Mapping[str, str]) -> str:
    """`0.121*` and `[0.114, 0.129]`, beside or below each other."""
    if cell.mean is None:
        return signs["none"]
    mark = ("*" if cell.best else "") + (signs["random"] if cell.beats_random is False else "")
    mean, low, high = (None if v is None else f"{v / 10**power:.{digits}f}" for v in (cell.mean, cell.low, cell.high))
    limits = "" if low is None else f"{' ' if wide else chr(10)}[{low}, {high}]"
    return f"{mean}{limits}{mark:<2}" if wide else f"{mean}{mark}{limits}"


def _style(cell: Cell, control: bool) -> str:
    return _CONTROL if control else "yellow" if cell.beats_random is False else "bold" if cell.best else ""


def _digits(cells: Sequence[Cell]) -> tuple[int, int]:
    """Power of ten taken out of the numbers of a column, and the digits after the point (three that count)."""
    largest = max((abs(c.mean) for c in cells if c.mean is not None), default=0.0)
    if largest == 0:
        return 0, 3
    size = math.floor(math.log10(largest))
    power = size if not -2 <= size <= 2 else 0
    return power, min(3, 2 - size + power)


def _fold(label: str, width: int) -> str:
    """The label in lines of this width, broken after `_`, a comma, a bracket or a space where possible."""
    lines = [""]
    for part in re.split(r"(?<=[_,( ])", label):
        for piece in (part[i : i + width] for i in range(0, len(part), width)):
            if len((lines[-1] + piece).rstrip()) > width:
                lines.append("")
            lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def _legend(ascii_only: bool) -> str:
    signs = _SIGNS[ascii_only]
    return (
        f"* best or tied for best   {signs['random']} not better than random maps   ctl control\n"
        f"{signs['higher']} higher is better   {signs['lower']} lower is better   [95 % interval of the mean]"
    )


def _unfinished(view: RunView) -> Iterator[str]:
    """What is missing from the run."""
    if view.missing:
        yield f"{plural(view.missing, 'score')} still missing: the same run again continues."
    if view.failed:
        first = view.failed[0]
        where = ", ".join(first[key] for key in ("image", "method", "metric") if first.get(key))
        yield f"{plural(len(view.failed), 'score')} failed, the first: {where}: {first.get('reason', '')}"


def _cost(cost: Mapping[str, Any]) -> Iterator[str]:
    """`cost: 61,400 model evaluations asked for, 24,900 run (59 % shared), 2 min 10 s`."""
    if "run" in cost:
        asked, shared = plural(int(cost["asked"]), "model evaluation"), percent(cost["shared"])
        yield f"cost: {asked} asked for, {cost['run']:,} run ({shared} shared), {_duration(cost.get('seconds', 0.0))}"


def _duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `2 min 10 s`, `1 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
