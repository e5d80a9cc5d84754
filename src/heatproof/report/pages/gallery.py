"""Page 7: image x method, the maps themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from heatproof.report.maps import map_picture, photo_picture
from heatproof.report.page import Content, Shared, ranked
from heatproof.report.text import arrow, number_format, percent
from heatproof.stats.words import plural
from heatproof.study.view import FormulaView, ModelView

IMAGES = 24
"""Images shown of one model, at most."""
MARKUP = 200
"""Bytes around a picture, at most."""
Writers = Mapping[str, Callable[[float | None], str]]
"""Key of a metric -> how its scores are written."""


def of_model(model: ModelView, shared: Shared) -> Content:
    """A row for each image, until the room for pictures is used up."""
    room = shared.room // max(1, len(shared.view.models))
    methods, writers = ranked(model), {metric.key: _writer(model, metric) for metric in model.metrics}
    rows: list[dict[str, Any]] = []
    for place in range(min(IMAGES, len(model.images))):
        row = _row(model, place, methods, writers)
        room -= len(row["photo"]) + sum(len(cell["map"] or "") + len(cell["title"]) + MARKUP for cell in row["cells"])
        if rows and room < 0:
            break
        rows.append(row)
    if not any(cell["map"] for row in rows for cell in row["cells"]):
        return None
    return {"methods": methods, "rows": rows, "note": _note(model, len(rows)), "width": _width(len(methods))}


def _row(model: ModelView, place: int, methods: list[FormulaView], writers: Writers) -> dict[str, Any]:
    image = model.images[place]
    maps = [model.load_map(method.key, image.id) for method in methods]
    return {
        "image": image,
        "photo": photo_picture(image.pixels()),
        "probability": percent(image.probability),
        "right": image.label_name == image.predicted_name,
        "cells": [
            {
                "method": method,
                "map": None if phi is None else map_picture(phi),
                "title": _title(model, place, method, writers),
            }
            for method, phi in zip(methods, maps, strict=True)
        ],
    }


def _writer(model: ModelView, metric: FormulaView) -> Callable[[float | None], str]:
    columns = (values for (_, key), values in model.values.items() if key == metric.key)
    return number_format(float(v) for column in columns for v in column)


def _title(model: ModelView, place: int, method: FormulaView, writers: Writers) -> str:
    """The scores of this image and method, one on each line."""
    lines = [f"{method.label} · {model.images[place].id}"]
    for metric in model.metrics:
        values = model.values.get((method.key, metric.key))
        if values is not None and place < len(values):
            lines.append(f"{metric.label} {writers[metric.key](float(values[place]))} {arrow(metric.better)}".rstrip())
    return "\n".join(lines)


def _note(model: ModelView, rows: int) -> str:
    total = len(model.images)
    if rows == total:
        return f"All {plural(total, 'image')}."
    return f"The first {rows} of {plural(total, 'image')}; the others are left out here to keep the file small."


def _width(methods: int) -> str:
    return "few" if methods <= 7 else "some" if methods <= 10 else "many"
