"""Are the same images easy for all methods?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.correlations import correlations
from heatproof.report.drawing.plates import Absent, Drawing, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.tables.method_correlation import correlated_methods
from heatproof.study.view import ModelView


@figure(
    title="Correlation of the methods",
    caption="Spearman correlation of the methods' scores over {images} of {model}; mean over {metrics} metrics. High "
    "values: an image on which one method does well is one on which the other does.",
)
def method_correlation(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """One matrix."""
    found, metrics = correlated_methods(model)
    if found.why:
        raise Absent(found.why)
    yield correlations(found, sheet, "method", {"metrics": metrics})
