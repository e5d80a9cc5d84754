"""What a factory in a person's own file makes: a model, or images."""

from __future__ import annotations

from typing import Any

from heatproof.models.quiet import quietly
from heatproof.vocabulary.errors import HeatproofError, problem
from heatproof.vocabulary.plugin import plugin


def call_plugin(name: str, *, allowed: bool) -> Any:
    """What `factory()` of `file.py:factory` returns. The caller's random numbers stay as they are."""

    def made() -> Any:
        return plugin(name, allowed=allowed)()  # importing the file is part of what is quiet

    try:
        return quietly(made)
    except HeatproofError:
        raise
    except (Exception, SystemExit) as cause:
        raise problem("HP906", name=name, reason=f"{type(cause).__name__}: {cause}") from cause
