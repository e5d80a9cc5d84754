"""How many images a statistic needs before it says anything."""

from __future__ import annotations

from heatproof.stats.words import plural

FEWEST = 5
"""Images without which no test can be significant at 0.05, and no interval or correlation is more than an anecdote."""


def too_few(images: int, needed: int = FEWEST, what: str = "undefined") -> str:
    """`undefined: 3 images, needs 5`, or nothing where there are enough."""
    return f"{what}: {plural(images, 'image')}, needs {needed}" if images < needed else ""
