"""Options that several commands share, and values that are told what was probably meant."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from heatproof.vocabulary.errors import nearest

F = TypeVar("F", bound=Callable[..., Any])
SHARE = click.FloatRange(0, 1)
_ALPHA = "Krippendorff's alpha above which a metric is reliable."
_SIMILARITY = "Mean similarity to maps of random weights up to which a method passes."


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


def terms(test: str, correction: str) -> Callable[[F], F]:
    """How tables test, and what they call enough: all options become one argument `terms`; these are defaults."""
    from functools import wraps

    options = (
        click.option("--test", type=OneOf(("wilcoxon", "t_test", "sign_test")), default=test, show_default=True),
        click.option(
            "--correction",
            type=OneOf(("holm", "bonferroni", "fdr_bh", "none")),
            default=correction,
            show_default=True,
            help="Of p values, over the methods of a metric.",
        ),
        click.option("--level", type=SHARE, default=0.01, show_default=True, help="Below which p is significant."),
        click.option("--alpha", type=click.FloatRange(-1, 1), default=0.3, show_default=True, help=_ALPHA),
        click.option("--similarity", type=SHARE, default=0.05, show_default=True, help=_SIMILARITY),
    )

    def wrap(command: F) -> F:
        @wraps(command)
        def called(**words: Any) -> Any:
            from heatproof.report.tabling.shelf import Terms

            own = {name: words.pop(name) for name in ("test", "correction", "level", "alpha", "similarity")}
            return command(**words, terms=Terms(**own))

        for option in reversed(options):
            called = option(called)
        return called  # type: ignore[return-value]  # it takes the options of `terms` one by one

    return wrap


def study_options(command: F) -> F:
    """STUDY and what changes it for once; `command` gets the study and all its changes."""
    from functools import wraps

    @wraps(command)
    def called(*, study: str, changes: tuple[str, ...], full: bool, data: str | None, **words: Any) -> Any:
        if full:
            from heatproof.spec.packaged import full_size

            study = full_size(study)
        root = (f"data.root={json.dumps(data)}",) if data else ()
        return command(study=study, changes=(*root, *changes), **words)

    options = (
        click.argument("study"),
        click.option("--full", is_flag=True, help="A packaged study as in its paper, not in its small size."),
        click.option("--data", metavar="DIR", help="Folder that has the data set: --set data.root=DIR"),
        click.option(
            "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change one value: --set data.images=8"
        ),
        click.option("--allow-plugins", is_flag=True, help="Run the Python files that the study names."),
    )
    wrapped: Any = called
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]  # it takes --full and --data besides
