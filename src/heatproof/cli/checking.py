"""What `check-method` and `check-metric` do: try a formula, show the matrix, exit 1 if a contract is broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from heatproof.cli.options import F, as_json, is_set
from heatproof.cli.streams import say
from heatproof.cli.table import show_json

if TYPE_CHECKING:
    from heatproof.check.matrix import Cell
    from heatproof.check.trial import Trial
    from heatproof.vocabulary.formula import Kind

GATE = 1


def checking(command: F) -> F:
    """NAME, and how it is tried."""
    command = as_json(command)
    command = click.option("--allow-plugins", is_flag=True, help="Run the Python files that are named.")(command)
    command = click.option("--twin", help="A second implementation to compare with: file.py:function.")(command)
    command = click.option(
        "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Try it with this setting: --set n=20"
    )(command)
    return click.argument("name")(command)


def tried(kind: Kind, name: str, *, as_json: bool, **options: Any) -> None:
    """The matrix of one formula, as text or JSON."""
    from heatproof.check.matrix import counts, matrix

    trial = _trial(kind, name, **options)
    began = time.perf_counter()
    with _telling(trial.formula.name) as tell:
        cells = matrix(trial, tell=tell)
    seconds = time.perf_counter() - began
    if as_json:
        show_json(_numbers(trial, cells, seconds))
    else:
        _print(trial, cells, seconds)
    if counts(cells)["BROKEN"]:
        click.get_current_context().exit(GATE)


def _trial(
    kind: Kind,
    name: str,
    *,
    changes: Sequence[str],
    twin: str | None,
    allow_plugins: bool,
    method: str = "",
) -> Trial:
    from heatproof.check.trial import Trial
    from heatproof.vocabulary.plugin import is_plugin, plugin
    from heatproof.vocabulary.registry import formula

    def called(given: str) -> str | Callable[..., Any]:
        return plugin(given, allowed=allow_plugins) if is_plugin(given) else given

    found = formula(kind, called(name))
    second = None if twin is None else formula(kind, called(twin)).call
    again = formula("method", called(method)).call if method else ""
    settings = _settings(changes)
    found.bind(settings)
    return Trial(found, settings=settings, twin=second, method=again)


def _settings(changes: Sequence[str]) -> dict[str, Any]:
    from heatproof.spec.yaml import read_value
    from heatproof.vocabulary.errors import problem

    found = {}
    for text in changes:
        key, equals, written = text.partition("=")
        if not equals or not key.strip():
            raise problem("HP116", place=f"--set {text}", text=text)
        found[key.strip()] = read_value(written, f"--set {text}").data
    return found


@contextmanager
def _telling(title: str) -> Iterator[Callable[[Cell], None]]:
    """A bar, or a plain line now and then, on standard error."""
    from heatproof.check.families import FAMILIES
    from heatproof.check.matrix import contracts
    from heatproof.cli.progress import progress
    from heatproof.study.progress import Progress

    total = sum(len(contracts(family)) for family in ("", *FAMILIES))
    done = 0
    with progress(title) as show:

        def tell(cell: Cell) -> None:
            nonlocal done
            done += 1
            if show and not is_set("quiet"):
                show(Progress(done, total, done / total, None, f"{title}  {cell.contract} {cell.family}"))

        yield tell


def _numbers(trial: Trial, cells: Sequence[Cell], seconds: float) -> dict[str, Any]:
    from dataclasses import asdict

    from heatproof.check.matrix import counts
    from heatproof.check.supplies import cheap
    from heatproof.check.table import CONTRACTS

    formula = trial.formula
    return {
        "kind": formula.kind,
        "name": formula.name,
        "summary": formula.summary,
        "settings": formula.bind({**cheap(formula), **trial.settings}),
        "contracts": CONTRACTS,
        "cells": [asdict(cell) for cell in cells],
        "counts": counts(cells),
        "seconds": seconds,
    }


def _print(trial: Trial, cells: Sequence[Cell], seconds: float) -> None:
    from rich.console import Console

    from heatproof.report.contract import print_matrix

    console = Console(highlight=False)
    with console.capture() as captured:
        print_matrix(trial.formula, cells, seconds, console)
    say(captured.get().rstrip("\n"), styled=True)
