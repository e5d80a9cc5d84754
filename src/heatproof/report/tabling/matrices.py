"""Matrices of correlations as rows of a table."""

from __future__ import annotations

from heatproof.stats.correlation import Correlations


def matrix_rows(found: Correlations, first: str) -> list[dict[str, object]]:
    """A row per name, `first` names its column of names; then a column per name."""
    return [
        {first: name, **{other: float(found.mean[i, j]) for j, other in enumerate(found.names)}}
        for i, name in enumerate(found.names)
    ]
