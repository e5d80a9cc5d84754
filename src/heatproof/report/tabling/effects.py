"""Effect sizes as columns of a table."""

from __future__ import annotations

from heatproof.stats.effects import Effects


def effect_columns(found: Effects) -> dict[str, float]:
    """What docs/statistics.md calls them, in every table that has them."""
    return {
        "median_difference": found.median,
        "superiority": found.superiority,
        "cles": found.paired,
        "cles_unpaired": found.unpaired,
    }
