"""`heatproof` itself: finds the command, and ends the process in the way that everybody can rely on."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Any, NoReturn

import click

from heatproof.cli.ending import ending
from heatproof.cli.options import is_set, shared
from heatproof.cli.streams import note, prepare, say, terminating
from heatproof.vocabulary.errors import nearest

COMMANDS = {
    "demo": "Real digits, a small CNN, a verdict and a report.",
    "run": "Run a study; the same command again continues.",
    "report": "Write the report of a run.",
    "figures": "The figures of a run, as for a paper.",
    "tables": "The statistics of a run, as for a paper.",
    "case-study": "Which metrics and methods of a run to trust, step by step.",
    "compare": "Does the order of the methods hold in other runs?",
    "plan": "What a study costs, before anything runs.",
    "status": "How far a run is.",
    "explain": "Explain one image with some methods: a picture.",
    "export": "Results and maps of a run for other toolkits.",
    "import": "A suite or results of attribench as a study or tables.",
    "list": "All methods, metrics, models, data or studies.",
    "check-method": "Does a method keep its contract? A matrix.",
    "check-metric": "Does a metric keep its contract? A matrix.",
    "train": "Train a network, or a twin of it.",
    "train-patches": "Make adversarial patches against a model.",
    "fetch": "Download a known data set and check it.",
    "doctor": "Check this installation.",
    "help": "The long text of a message like HP102.",
}


class App(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        command: click.Command = import_module(f"heatproof.cli.commands.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Says which command was probably meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"no such command '{args[0]}'{nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def main(  # type: ignore[override]  # click's other parameters stay in `extra`
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run the command line and exit; see `ending` for the exit codes."""
        name = prog_name or "heatproof"
        if "_HEATPROOF_COMPLETE" in os.environ:
            super().main(args, name, **extra)
        given = list(sys.argv[1:] if args is None else args)
        prepare()
        with terminating():
            code = ending(lambda: self._work(given, name))
        sys.exit(code)

    def _work(self, args: list[str], name: str) -> None:
        with self.make_context(name, args) as ctx:
            try:
                self.invoke(ctx)
            except (click.ClickException, click.exceptions.Exit):
                raise
            except Exception:
                if is_set("debug", ctx):
                    note(traceback.format_exc())
                raise


@click.command("heatproof", cls=App, invoke_without_command=True, params=shared())
@click.option("--version", is_flag=True, help="Print the version and exit.")
@click.pass_context
def main(ctx: click.Context, version: bool) -> None:
    """Put heatmaps to the proof: which explanation can you trust for your image classifier?

    First:  heatproof demo

    Then:   heatproof run study.yaml    (the same command again continues)
    """
    if version:
        from importlib.metadata import PackageNotFoundError
        from importlib.metadata import version as installed

        try:
            say(f"heatproof {installed('heatproof')}")
        except PackageNotFoundError:
            say("heatproof, run from its source and not installed")
    elif ctx.invoked_subcommand is None:
        say(ctx.get_help())
