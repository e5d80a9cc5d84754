"""How much of a score is chance? A metric repeated with other random draws on the same maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.scores import repeated
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.dispersion import Noise
from heatproof.stats.dispersion import noise as noise_of
from heatproof.study.view import ModelView


@dataclass(frozen=True)
class Repeats:
    """The repeats of one metric, method by method."""

    metric: str
    """The name, or the label of the first column where the study repeats the metric with several settings."""
    noise: dict[str, Noise]
    """Label of the method -> what its repeats show."""


@table(
    caption="Metrics of {model} repeated with other random draws on the same maps ({images}). Signal-to-noise ratio of "
    "an image: squared mean over variance of its repeats; its quartiles over the images. Noise: mean variance over the "
    "repeats as a share of the variance of all values."
)
def noise(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One row per metric and method."""
    del terms
    rows: list[dict[str, object]] = []
    for repeats in noises(model):
        for method, found in repeats.noise.items():
            known = found.ratios[~np.isnan(found.ratios)]
            low, middle, high = quartiles(known)
            numbers = {"snr_quartile_1": low, "snr_median": middle, "snr_quartile_3": high, "noise": found.share}
            counts = {"repeats": found.repeats, "images": found.images}
            rows.append({"metric": repeats.metric, "method": method, **counts, **numbers, "note": found.why})
    yield Tabled(rows)


def noises(model: ModelView) -> list[Repeats]:
    """Every metric that is repeated."""
    groups = repeated(model)
    if not groups:
        raise Absent("needs a metric that is repeated with another draw, for example sensitivity_n: {draw: 1}")
    names = [columns[0].name for columns in groups]
    return [
        Repeats(
            columns[0].name if names.count(columns[0].name) == 1 else columns[0].label,
            {m.label: noise_of(np.stack([model.values[m.key, c.key] for c in columns])) for m in model.methods},
        )
        for columns in groups
    ]


def quartiles(known: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float | None]:
    """Of ratios, some of which may be infinite: by order, not by interpolation between them."""
    if not len(known):
        return [None] * 3
    return [float(q) for q in np.quantile(known, [0.25, 0.5, 0.75], method="nearest")]
