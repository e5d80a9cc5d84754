"""How much do the method's own settings matter?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from heatproof.report.drawing.plates import columns
from heatproof.report.drawing.similarities import FLOOR
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.stability import stability as summed
from heatproof.study.view import FormulaView, ModelView


@table(
    caption="Similarity of the maps of {model} under other settings of the method ({metric}): mean of the means of "
    "{images} with its 95 % bootstrap interval. Deviation: root of the mean over images of the variance over the "
    "values of the setting. Dropped: images with an undefined similarity."
)
def stability(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One table per hyperparameter_sensitivity of the study; a row per method and setting."""
    del terms
    found = columns(model, "hyperparameter_sensitivity")
    for metric in found:
        alone = len(found) == 1
        yield Tabled(_rows(model, metric), part="" if alone else metric.label, words={"metric": metric.label})


def _rows(model: ModelView, metric: FormulaView) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for curve in model.curves.get(metric.key, ()):
        for method in model.methods if curve.name != FLOOR else ():
            values = np.asarray(curve.values.get(method.key, np.empty((0, 0))))
            told = values[:, np.isfinite(values).any(0)]  # the method as it is set has no similarity to itself
            if not told.size:
                continue
            found = summed(told)
            rows.append(
                {
                    "method": method.label,
                    "setting": curve.name,
                    "values": told.shape[1],
                    "similarity": found.mean,
                    "low": found.low,
                    "high": found.high,
                    "deviation": found.deviation,
                    "images": found.images,
                    "dropped": found.dropped,
                    "note": found.why,
                }
            )
    return rows
