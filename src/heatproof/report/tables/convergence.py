"""Are these enough images?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.convergence import Convergence
from heatproof.stats.convergence import convergence as bands
from heatproof.study.view import ModelView


@table(
    caption="Images of {model} that the medians of the methods need: the smallest number at which 95 % of 1,000 "
    "bootstrap medians of every method lie within {tolerance} of the distance between the best and the worst method, "
    "to either side. Forecast: where {images} are not enough, what the widest band would need if it went on shrinking "
    "with the square root of their number."
)
def convergence(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One row per metric."""
    rows = [
        {
            "metric": metric,
            "images": len(model.images),
            "half_width_allowed": None if found.why else found.tolerance,
            "enough": found.enough,
            "forecast": found.forecast,
            "note": found.why,
        }
        for metric, found in converged(model, terms.tolerance).items()
    ]
    yield Tabled(rows, words={"tolerance": f"{100 * terms.tolerance:g} %"})


def converged(model: ModelView, tolerance: float) -> dict[str, Convergence]:
    """Bands of the real methods on each metric that is compared."""
    scores = narrowed(model)
    columns = {c: [scores.scores(m, c) for m in scores.candidates] for c in scores.metrics}
    return {c: bands(np.stack(found, 1) if found else np.empty((0, 0)), tolerance) for c, found in columns.items()}
