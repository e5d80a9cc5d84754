"""`heatproof check-method NAME`: does a method keep its contract?"""

from __future__ import annotations

from typing import Any

import click

from heatproof.cli.checking import checking, tried
from heatproof.cli.options import Command


@click.command("check-method", cls=Command)
@checking
def command(name: str, as_json: bool, **options: Any) -> None:
    """Try method NAME (registered, or file.py:function) on small networks of many families.

    Prints a matrix of contracts and families, and a line for everything that is broken; exit code 1 if anything is.
    `heatproof help contracts` says what the contracts are.
    """
    tried("method", name, as_json=as_json, **options)
