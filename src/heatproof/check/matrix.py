"""The matrix of a formula: every contract on every family of networks, and once on networks of its own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch

from heatproof.check.asking import reasons
from heatproof.check.broken import Absent, Broken
from heatproof.check.families import FAMILIES
from heatproof.check.table import CONTRACTS, Check, checks
from heatproof.check.trial import REFUSALS, Refusal, Trial
from heatproof.vocabulary.errors import HeatproofError, Undefined

State = Literal["pass", "not supported", "not applicable", "BROKEN"]
RANK: dict[State, int] = {"not applicable": 0, "pass": 1, "not supported": 2, "BROKEN": 3}


@dataclass(frozen=True)
class Cell:
    """What a contract came to on a family; `family` is empty for networks of the check's own."""

    contract: str
    family: str
    state: State
    reason: str = ""
    check: str = ""
    """The check that decided, in words."""


def matrix(trial: Trial, *, tell: Callable[[Cell], None] = lambda cell: None) -> list[Cell]:
    """Try a formula on everything; `tell` hears of each cell when it is found."""
    cells = []
    with quiet():
        for family in ("", *FAMILIES):
            here = trial.on(family) if family else trial
            for contract in contracts(family):
                cells.append(cell(here, contract, family))
                tell(cells[-1])
    return cells


def contracts(family: str) -> list[str]:
    """Those that are checked on this family, or once on networks of their own."""
    there = {c.contract for c in checks() if c.everywhere == bool(family)}
    return [contract for contract in CONTRACTS if contract in there]


def cell(trial: Trial, contract: str, family: str) -> Cell:
    """One cell: the worst of its checks."""
    wanted = [c for c in checks() if c.contract == contract and c.everywhere == bool(family)]
    found = [tried(trial, c, family) for c in wanted if c.fits(trial.formula)]
    nothing = Cell(contract, family, "not applicable")
    return max([nothing, *found], key=lambda c: RANK[c.state])


def tried(trial: Trial, check: Check, family: str) -> Cell:
    """What one check came to."""
    try:
        state, reason = _passed(trial, check, family)
    except Exception as error:  # whatever a formula raises is its own fault
        state, reason = _raised(error)
    return Cell(check.contract, family, state, reason, check.name)


def _passed(trial: Trial, check: Check, family: str) -> tuple[State, str]:
    if family and (refused := refusal(trial)):
        return "not supported", refused
    check.call(trial)
    return "pass", ""


def _raised(error: Exception) -> tuple[State, str]:
    if isinstance(error, Absent):
        return "not applicable", str(error)
    if isinstance(error, Undefined):
        return "not supported", error.reason
    if isinstance(error, HeatproofError):
        return ("not supported" if error.code in REFUSALS else "BROKEN"), error.line
    if isinstance(error, Broken):
        return "BROKEN", str(error)
    lines = str(error).splitlines()
    return "BROKEN", f"expected an answer; came {type(error).__name__}: {lines[0] if lines else ''}"


def refusal(trial: Trial) -> str:
    """Why this family is refused altogether, or nothing: by name, or because no image has an answer."""
    if isinstance(trial.answer, Refusal):
        return trial.answer
    if trial.finite(trial.answer).any():
        return ""
    return "; ".join(dict.fromkeys(reasons(trial)))


@contextmanager
def quiet() -> Iterator[None]:
    """One thread, since tiny networks gain nothing from more; no warnings of a formula in the output."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_num_threads(threads)


def counts(cells: Iterable[Cell]) -> dict[State, int]:
    """How many cells are in each state."""
    found = dict.fromkeys(RANK, 0)
    for one in cells:
        found[one.state] += 1
    return found
