"""Whose maps stay similar when the model has forgotten everything?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.tabling.scores import forgotten
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.enough import too_few
from heatproof.stats.intervals import Bootstrap
from heatproof.study.view import ModelView


@table(
    caption="Similarity of the maps of {model} to those of the same model with random weights ({similarity}): mean "
    "over {images} with its 95 % bootstrap interval. A method passes where the mean is at most {most} in size."
)
def randomization(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One row per method."""
    values, name = forgotten(model)
    intervals = Bootstrap().intervals(list(values.values()))
    rows = []
    for method, (mean, low, high, count) in zip(values, intervals, strict=True):
        why = too_few(count, 1) or too_few(count, what="no interval")
        rows.append(
            {
                "method": method,
                "similarity": mean,
                "low": None if why else low,
                "high": None if why else high,
                "images": count,
                "passes": None if mean is None else abs(mean) <= terms.similarity,
                "note": why,
            }
        )
    yield Tabled(rows, words={"similarity": name, "most": f"{terms.similarity:g}"})
