"""Similarity to the original map, stage by stage of the tests that explain a changed model again."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.plates import columns
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.stability import stages as summed
from heatproof.study.view import FormulaView, ModelView

TESTS = ("parameter_randomization", "model_noise", "data_randomization")


@table(
    caption="Similarity of the maps of {model} to the original ones at each stage of {metric}: mean over {images}, "
    "standard deviation over the images (of the population), and 95 % bootstrap interval of the mean."
)
def stages(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One table per test of the study; a row per similarity, method and stage."""
    del terms
    found = columns(model, *TESTS)
    for metric in found:
        alone = len(found) == 1
        yield Tabled(_rows(model, metric), part="" if alone else metric.label, words={"metric": metric.label})


def _rows(model: ModelView, metric: FormulaView) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for curve in model.curves.get(metric.key, ()):
        names = curve.x_names or tuple(f"{x:g}" for x in curve.x)
        for method in model.methods:
            values = curve.values.get(method.key)
            if values is None or values.shape[-1] != len(names):
                continue
            for stage in summed(names, values):
                numbers = {"mean": stage.mean, "sd": stage.deviation, "low": stage.low, "high": stage.high}
                where = {"curve": curve.name, "method": method.label, "stage": stage.name}
                rows.append({**where, **numbers, "images": stage.images})
    return rows
