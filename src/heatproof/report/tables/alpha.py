"""On which metrics do the images agree about the methods?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.tabling.scores import compared, scores_of
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.reliability import Reliability, reliability
from heatproof.study.view import ModelView


@table(
    caption="Krippendorff's alpha (ordinal) of the order in which {images} put the methods of {model}, with its 95 % "
    "bootstrap interval over the images; reliable: above {least}. 1 is full agreement, 0 that of chance. Controls are "
    "left out."
)
def alpha(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One row per metric."""
    rows = [
        {
            "metric": found.metric,
            "alpha": found.alpha,
            "low": found.low,
            "high": found.high,
            "images": found.images,
            "reliable": found.alpha is not None and found.alpha > terms.alpha,
            "note": found.why,
        }
        for found in alphas(model)
    ]
    yield Tabled(rows, words={"least": f"{terms.alpha:g}"})


def alphas(model: ModelView) -> list[Reliability]:
    """Alpha of each metric that is compared."""
    scores = scores_of(model)
    return [reliability(scores, metric) for metric in compared(model)]
