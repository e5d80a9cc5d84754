"""The same images under two models: what changes from a standard to a robust one?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.stability import shift
from heatproof.study.view import FormulaView, ModelView, RunView


@table(
    caption="Scores under two models, paired by image: mean of a - b with its 95 % bootstrap interval, {test} test, "
    "two-sided, not corrected. Superiority: share of the images with a larger score under a. Images that only one of "
    "the models explains are left out."
)
def models(run: RunView, terms: Terms) -> Iterator[Tabled]:
    """One row per pair of models, metric and method that both have."""
    if len(run.models) < 2:
        raise Absent("needs two models")
    rows = [row for a, b in combinations(run.models, 2) for row in _rows(a, b, terms)]
    yield Tabled(rows, words={"test": terms.test.replace("_test", "").replace("_", " ")})


def _rows(a: ModelView, b: ModelView, terms: Terms) -> Iterator[dict[str, object]]:
    places = {image.id: place for place, image in enumerate(b.images)}
    common = [(i, places[image.id]) for i, image in enumerate(a.images) if image.id in places]
    mine, theirs = np.array(common, int).reshape(-1, 2).T
    for metric, other_metric in _both(a.metrics, b.metrics):
        for method, other_method in _both(a.methods, b.methods):
            one = a.values[method.key, metric.key][mine]
            found = shift(one, b.values[other_method.key, other_metric.key][theirs], terms.test)
            yield {
                "a": a.name,
                "b": b.name,
                "metric": metric.label,
                "method": method.label,
                "images": found.images,
                "difference": found.mean,
                "low": found.low,
                "high": found.high,
                "p": found.p,
                "superiority": found.effects.superiority,
                "note": found.why,
            }


def _both(mine: tuple[FormulaView, ...], theirs: tuple[FormulaView, ...]) -> Iterator[tuple[FormulaView, FormulaView]]:
    known = {formula.label: formula for formula in theirs}
    yield from ((formula, known[formula.label]) for formula in mine if formula.label in known)
