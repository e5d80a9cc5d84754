"""Are the same images easy for all methods?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.matrices import matrix_rows
from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.correlation import Correlations, between_methods
from heatproof.study.view import ModelView


@table(
    caption="Spearman correlation of the methods' scores over {images} of {model}; mean over {metrics} metrics. High "
    "values say that an image on which one method does well is one on which the other does. {why}"
)
def method_correlation(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """A matrix."""
    del terms
    found, metrics = correlated_methods(model)
    yield Tabled(matrix_rows(found, "method"), words={"metrics": metrics, "why": found.why})


def correlated_methods(model: ModelView) -> tuple[Correlations, int]:
    """Of all methods, and over how many metrics."""
    scores = narrowed(model)
    if len(scores.methods) < 2:
        raise Absent("needs two methods")
    return between_methods(scores), len(scores.metrics)
