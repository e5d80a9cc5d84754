"""Do the metrics say the same about an image?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.correlations import correlations
from heatproof.report.drawing.plates import Absent, Drawing, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.tables.metric_correlation import correlated_metrics
from heatproof.study.view import ModelView


@figure(
    title="Correlation of the metrics",
    caption="Spearman correlation of the metrics over {images} of {model}, oriented so that higher is better; mean "
    "over {methods} methods, the controls among them.",
)
def metric_correlation(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One matrix."""
    found = correlated_metrics(model)
    if found.why:
        raise Absent(found.why)
    yield correlations(found, sheet, "metric", {"methods": len(model.methods)})
