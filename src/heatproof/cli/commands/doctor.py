"""`heatproof doctor`: is this installation fit for work?"""

from __future__ import annotations

import click

from heatproof.cli.options import Command, as_json
from heatproof.cli.table import show

ENVIRONMENT = 5


@click.command("doctor", cls=Command)
@as_json
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check versions, optional packages, shipped weights and devices, and make one map."""
    from heatproof.cli.checks import checks

    found = list(checks())
    show([check._asdict() for check in found], as_json=as_json, columns=("check", "state", "detail"))
    if any(check.state == "FAILED" for check in found):
        ctx.exit(ENVIRONMENT)
