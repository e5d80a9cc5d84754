"""The contract matrix of a formula on a terminal: families by contracts, and a line for everything that is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from heatproof.check.matrix import Cell, State, counts
from heatproof.check.table import CONTRACTS
from heatproof.report.terminal import plain
from heatproof.stats.words import plural
from heatproof.vocabulary.formula import Formula

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

OWN = "its own networks"
_SIGNS: dict[bool, dict[State, str]] = {
    False: {"pass": "✓", "not supported": "–", "BROKEN": "✗", "not applicable": ""},
    True: {"pass": "+", "not supported": "-", "BROKEN": "X", "not applicable": ""},
}
"""ASCII only? -> what stands for it."""
_STYLES: dict[State, str] = {
    "pass": "green",
    "not supported": "bright_black",
    "BROKEN": "bold red",
    "not applicable": "",
}


def print_matrix(formula: Formula, cells: Sequence[Cell], seconds: float, console: Console) -> None:
    """The matrix, what its signs mean, why networks are refused, and what is broken."""
    from rich.text import Text

    ascii_only = console.options.ascii_only
    signs = _SIGNS[ascii_only]
    console.print(Text(plain(f"{formula.kind} {formula.name}: {formula.summary}", ascii_only), style="bold"))
    console.print(_table(cells, signs))
    legend = f"\n{signs['pass']} holds   {signs['not supported']} not supported   {signs['BROKEN']} BROKEN"
    console.print(Text(f"{legend}   nothing: not claimed, nothing to check", style="bright_black"))
    for state, line in _lines(cells):
        console.print(Text(plain(f"{signs[state]} {line}", ascii_only), style=_STYLES[state]), soft_wrap=True)
    found = counts(cells)
    words = f"{found['pass']} hold, {found['not supported']} not supported, {found['BROKEN']} broken"
    console.print(Text(f"{words}; {plural(round(seconds), 'second')}", style="bold red" if found["BROKEN"] else "bold"))


def _table(cells: Sequence[Cell], signs: dict[State, str]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    found = {(cell.family, cell.contract): cell.state for cell in cells}
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    table.add_column("", no_wrap=True)
    for contract in CONTRACTS:
        table.add_column(contract.removeprefix("C"), justify="center")
    for family in dict.fromkeys(cell.family for cell in cells):
        states: list[State] = [found.get((family, contract), "not applicable") for contract in CONTRACTS]
        table.add_row(family or OWN, *(Text(signs[state], style=_STYLES[state]) for state in states))
    return table


def _lines(cells: Sequence[Cell]) -> Iterator[tuple[State, str]]:
    """Each reason to refuse once, with all families of which it is true; then every broken contract."""
    refused: dict[str, list[str]] = {}
    for cell in cells:
        if cell.state == "not supported":
            refused.setdefault(cell.reason, []).append(cell.family or f"C{cell.contract[1:]} on {OWN}")
    for reason, families in refused.items():
        yield "not supported", f"{', '.join(dict.fromkeys(families))}: {reason}"
    for cell in cells:
        if cell.state == "BROKEN":
            yield "BROKEN", f"{cell.contract} on {cell.family or OWN}, {cell.check}: {cell.reason}"
