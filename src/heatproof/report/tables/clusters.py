"""Medians of all methods on all metrics, alike ones side by side."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.clusters import Clusters
from heatproof.stats.clusters import clusters as clustered
from heatproof.stats.words import listing
from heatproof.study.view import ModelView


@table(
    caption="Median scores of {model} over {images}, oriented so that higher is better and scaled within each metric: "
    "0 the worst method, 1 the best. Rows and columns in the order of their hierarchical clusters (single linkage of 1 "
    "- Pearson correlation). {flat}"
)
def clusters(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """A matrix."""
    del terms
    found = clusters_of_model(model)
    rows = [
        {
            "metric": found.metrics[i],
            **{found.methods[j]: float(found.scaled[i, j]) for j in found.method_order},
        }
        for i in found.metric_order
    ]
    yield Tabled(rows, words={"flat": flat_words(found)})


def clusters_of_model(model: ModelView) -> Clusters:
    """Of all methods and the metrics that are compared, two of each at least."""
    scores = narrowed(model)
    if len(scores.methods) < 2 or len(scores.metrics) < 2:
        raise Absent("needs two methods and two metrics that are compared")
    return clustered(scores)


def flat_words(found: Clusters) -> str:
    """What does not vary, as a sentence."""
    return f"Without any variation, and so unlike everything: {listing(found.flat)}." if found.flat else ""
