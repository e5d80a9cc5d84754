"""Do the metrics say the same about an image?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.matrices import matrix_rows
from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.correlation import Correlations, between_metrics
from heatproof.study.view import ModelView


@table(
    caption="Spearman correlation of the metrics over {images} of {model}, oriented so that higher is better; mean "
    "over {methods} methods, the controls among them. {why}"
)
def metric_correlation(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """A matrix."""
    del terms
    found = correlated_metrics(model)
    yield Tabled(matrix_rows(found, "metric"), words={"methods": len(model.methods), "why": found.why})


def correlated_metrics(model: ModelView) -> Correlations:
    """Of the metrics that are compared, two at least."""
    scores = narrowed(model)
    if len(scores.metrics) < 2:
        raise Absent("needs two metrics that are compared")
    return between_metrics(scores)
