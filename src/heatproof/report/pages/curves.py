"""Pages 5 and 6: mean curves with bands. Sanity curves have a page of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from heatproof.report.page import Content, Shared, ranked
from heatproof.report.svg import Line, line_chart
from heatproof.study.view import Array, CurveView, FormulaView, ModelView

POINTS = 60
"""Points of a drawn line, at most."""
FLOOR = "noise floor"
"""The curve that holds, for each similarity, how much a map resembles itself when its noise is drawn anew."""


def sanity_of_model(model: ModelView, shared: Shared) -> Content:
    """Similarity with the original map against the number of randomised stages, one chart per similarity."""
    charts = _charts(model, shared, [m for m in model.metrics if is_sanity(m)])
    return {"charts": charts, "floors": any(chart["floors"] for chart in charts)} if charts else None


def of_model(model: ModelView, shared: Shared) -> Content:
    """The curves of all other metrics."""
    charts = _charts(model, shared, [m for m in model.metrics if not is_sanity(m)])
    return {"charts": charts} if charts else None


def is_sanity(metric: FormulaView) -> bool:
    """Is it about maps of randomised models?"""
    return "randomi" in f"{metric.family} {metric.name}".lower()


def _charts(model: ModelView, shared: Shared, metrics: list[FormulaView]) -> list[dict[str, Any]]:
    charts = []
    for metric in metrics:
        curves = model.curves.get(metric.key, ())
        floor = next((curve for curve in curves if curve.name == FLOOR), None)
        for curve in (c for c in curves if c is not floor):
            if lines := _lines(model, shared, curve, _floors(floor, curve.y_label)):
                charts.append(_chart(metric, curve, lines))
    return charts


def _chart(metric: FormulaView, curve: CurveView, lines: list[Line]) -> dict[str, Any]:
    title = metric.label if curve.name in ("", metric.name, metric.label) else f"{metric.label}: {curve.name}"
    x = tuple(map(float, _thinned(np.asarray(curve.x))))
    return {
        "title": title,
        "chart": line_chart(lines, x, curve.x_label, curve.y_label, title),
        "stages": [(f"{place:g}", name) for place, name in zip(curve.x, curve.x_names, strict=False)],
        "floors": any(line.mark is not None for line in lines),
    }


def _floors(floor: CurveView | None, similarity: str) -> dict[str, float]:
    """Key of the method -> mean similarity of its map with itself under other noise."""
    if floor is None or similarity not in floor.x_names:
        return {}
    place = floor.x_names.index(similarity)
    known = {key: np.atleast_2d(values) for key, values in floor.values.items()}
    # A method whose readings are all undefined has no curve at all.
    means = {key: mean_and_half_width(v[:, place])[0] for key, v in known.items() if v.shape[1] > place}
    return {key: float(mean) for key, mean in means.items() if np.isfinite(mean)}


def _lines(model: ModelView, shared: Shared, curve: CurveView, floors: dict[str, float]) -> list[Line]:
    """One line per method that has a value, the highest first."""
    lines = []
    for method in ranked(model):
        values = curve.values.get(method.key)
        if values is not None and np.isfinite(values).any():
            middle, half = mean_and_half_width(_thinned(np.atleast_2d(values)))
            band = (middle - half).tolist(), (middle + half).tolist()
            style = shared.styles.get(method.label, "")
            lines.append(Line(method.label, style, middle.tolist(), *band, floors.get(method.key)))
    return sorted(lines, key=lambda line: -np.nansum(np.clip(line.middle, -1e300, 1e300)))


def _thinned(values: Array) -> Array:
    """At most `POINTS` of the last axis, evenly, with both ends."""
    size = values.shape[-1]
    if size <= POINTS:
        return values
    return values[..., np.linspace(0, size - 1, POINTS).round().astype(int)]


def mean_and_half_width(values: Array) -> tuple[Array, Array]:
    """Mean over the images and half of its 95 % interval (normal), point by point, without undefined values."""
    there = np.isfinite(values)
    count = there.sum(axis=0)
    with np.errstate(all="ignore"):
        mean = np.where(there, values, 0.0).sum(axis=0) / count
        square = (np.where(there, values - mean, 0.0) ** 2).sum(axis=0)
        half = 1.96 * np.sqrt(square / (count - 1) / count)
    return mean, half
