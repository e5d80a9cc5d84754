"""Does it matter how a metric is set: what it fills removed pixels with, say?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.matrices import matrix_rows
from heatproof.report.tabling.scores import scores_of, variants
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.correlation import Correlations, between_metrics
from heatproof.study.view import ModelView


@table(
    caption="Spearman correlation of the variants of {metric} over {images} of {model}, oriented so that higher is "
    "better; mean over {methods} methods, the controls among them. {why}"
)
def variant_correlation(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """A matrix for each metric that the study has with several settings."""
    del terms
    for name, found in correlated_variants(model).items():
        words = {"metric": name, "methods": len(model.methods), "why": found.why}
        yield Tabled(matrix_rows(found, "variant"), part=name, words=words)


def correlated_variants(model: ModelView) -> dict[str, Correlations]:
    """Metric name -> correlations of its variants."""
    found = variants(model)
    if not found:
        raise Absent("needs a metric with two different settings")
    scores = scores_of(model)
    return {name: between_metrics(scores, [c.label for c in columns]) for name, columns in found.items()}
