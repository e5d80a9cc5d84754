"""Options that several commands share, and values that are told what was probably meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from heatproof.vocabulary.errors import nearest

F = TypeVar("F", bound=Callable[..., Any])


def shared(*, hidden: bool = False) -> list[click.Parameter]:
    """--debug and --quiet: every command takes them, before its name or after."""

    def remember(ctx: click.Context, option: click.Parameter, value: bool) -> None:
        ctx.meta[f"heatproof.{option.name}"] = value or is_set(str(option.name), ctx)

    helps = {"debug": "Show the traceback of an error.", "quiet": "No progress, only results."}
    return [
        click.Option(
            [f"--{name}"], is_flag=True, help=text, hidden=hidden, expose_value=False, is_eager=True, callback=remember
        )
        for name, text in helps.items()
    ]


def is_set(name: str, ctx: click.Context | None = None) -> bool:
    """Whether --debug or --quiet was given."""
    ctx = ctx or click.get_current_context(silent=True)
    return bool(ctx and ctx.meta.get(f"heatproof.{name}"))


class Command(click.Command):
    """A command of heatproof."""

    def __init__(self, *args: Any, **words: Any) -> None:
        words["params"] = [*(words.get("params") or []), *shared(hidden=True)]
        super().__init__(*args, **words)


class OneOf(click.Choice):  # type: ignore[type-arg]  # generic from click 8.2 on
    """One of several words; a wrong one is told the nearest."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, if it is one of them."""
        if value not in self.choices:
            words = ", ".join(map(str, self.choices))
            self.fail(f"'{value}' is none of {words}{nearest(str(value), map(str, self.choices))}", param, ctx)
        return value


def as_json(command: F) -> F:
    """--json: one JSON document on stdout instead of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def study_options(command: F) -> F:
    """STUDY and what changes it for once."""
    command = click.option("--allow-plugins", is_flag=True, help="Run the Python files that the study names.")(command)
    command = click.option(
        "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change one value: --set data.images=8"
    )(command)
    return click.argument("study")(command)
