"""Does it matter how a metric is set?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.correlations import correlations
from heatproof.report.drawing.plates import Absent, Drawing, figure
from heatproof.report.drawing.sheet import Sheet
from heatproof.report.tables.variant_correlation import correlated_variants
from heatproof.study.view import ModelView


@figure(
    title="Correlation of the variants of a metric",
    caption="Spearman correlation of the variants of {metric} over {images} of {model}, oriented so that higher is "
    "better; mean over {methods} methods, the controls among them.",
    width="column",
)
def variant_correlation(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """A matrix for each metric that the study has with several settings."""
    for name, found in correlated_variants(model).items():
        if found.why:
            raise Absent(found.why)
        yield correlations(found, sheet, "variant", {"metric": name, "methods": len(model.methods)}, part=name)
