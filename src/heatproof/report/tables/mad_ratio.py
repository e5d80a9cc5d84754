"""Do the methods differ more than the images of one method do?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.dispersion import mad_ratio as ratio
from heatproof.study.view import ModelView


@table(
    caption="Ratio of median absolute deviations of {model} over {images}: of all scores from their median (all), or "
    "of the methods' medians from it (medians), over the mean of those within the methods. Above 1 the methods differ "
    "more than the images of one method do. Controls are left out."
)
def mad_ratio(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One row per metric."""
    del terms
    scores = narrowed(model)
    rows: list[dict[str, object]] = []
    for metric in scores.metrics if scores.candidates else ():
        values = np.stack([scores.scores(m, metric) for m in scores.candidates], 1)
        rows.append({"metric": metric, "all": ratio(values), "medians": ratio(values, "methods")})
    yield Tabled(rows)
