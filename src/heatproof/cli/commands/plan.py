"""`heatproof plan STUDY`: what it would cost, before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heatproof.cli.options import Command, as_json, study_options
from heatproof.cli.progress import duration
from heatproof.cli.streams import say
from heatproof.cli.table import show, show_json

if TYPE_CHECKING:
    from heatproof.study.plan import Plan


@click.command("plan", cls=Command)
@study_options
@click.option("--out", type=click.Path(path_type=Path), help="Run folder whose stored results count as done.")
@as_json
def command(study: str, out: Path | None, changes: tuple[str, ...], allow_plugins: bool, as_json: bool) -> None:
    """Evaluations, seconds and bytes that STUDY needs; nothing is run."""
    from heatproof.spec.study import read_study
    from heatproof.study.study import Study

    spec = read_study(study, overrides=changes, allow_plugins=allow_plugins)
    folder = out or (Path(spec.out) if spec.out else None)
    wanted = Study.from_spec(spec, allow_plugins=allow_plugins, only_plan=True)
    plan = wanted.plan(folder)
    if as_json:
        show_json(plan.to_dict() | {"to_make": list(wanted.to_make)})
    else:
        _print(plan)
        for what in wanted.to_make:
            say(f"trained first, once, when it runs: {what}")


def _print(plan: Plan) -> None:
    rows: list[dict[str, Any]] = [
        {**row, "asked": f"{row['asked']:,}", "run": f"{row['run']:,}", "time": duration(row["seconds"])}
        for row in plan.rows
    ]
    several = len({row["model"] for row in rows}) > 1
    columns = ("kind", "label", "asked", "run", "time")
    show(rows, as_json=False, columns=("model", *columns) if several else columns)
    say("")
    say(f"evaluations  asked for {plan.asked:,}, run {plan.run:,} (shared {100 * plan.shared:.0f} %)")
    say(f"             {plan.forwards:,} forwards, {plan.gradients:,} gradients")
    say(f"memory {size(plan.bytes_memory)}   disk {size(plan.bytes_disk)}   time {duration(plan.seconds)}")
    say(f"units {plan.units_total:,}, already done {plan.units_done:,}")
    for line in plan.warnings:
        say(f"warning: {line}")
    for line in plan.left_out:
        say(f"left out: {line}")


def size(count: float) -> str:
    """Bytes as KiB, MiB or GiB."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} GiB"
