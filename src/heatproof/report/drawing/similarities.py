"""The curves of the tests that explain again: which similarity they show, and how high its noise floor is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from heatproof.report.drawing.spread import Array, has_values
from heatproof.study.view import CurveView, FormulaView, ModelView

FLOOR = "noise floor"
TITLES: Mapping[str, str] = {
    "spearman": "Spearman, signed",
    "absolute_spearman": "Spearman, absolute",
    "nonzero_spearman": "Spearman, signed, image > 0",
    "nonzero_absolute_spearman": "Spearman, absolute, image > 0",
    "grey_spearman": "Spearman, grey maps",
    "diverging_spearman": "Spearman, diverging maps",
    "pearson": "Pearson",
    "cosine": "Cosine",
    "ssim": "SSIM",
    "ssim_notebooks": "SSIM, notebooks",
    "hog": "HOG",
    "hog_notebooks": "HOG, notebooks",
    "top_k": "Top k in common",
    "equal pixels": "Equal pixels (ties)",
    "same class": "Same class still seen",
}


class Panel(NamedTuple):
    """One similarity of one metric."""

    name: str
    curve: CurveView
    values: Mapping[str, Array]
    """method key -> (images, points), only where there is something to draw."""
    floors: Mapping[str, Array]
    """method key -> (images,) of the map against itself, made again."""

    @property
    def title(self) -> str:
        """As a reader knows it."""
        return TITLES.get(self.name, self.name)

    @property
    def compares(self) -> bool:
        """Is it a similarity of two maps, which is 1 for the original?"""
        return self.name not in ("equal pixels", "same class")


def panels(model: ModelView, metric: FormulaView, prefix: str) -> list[Panel]:
    """The curves of a metric whose names begin with `prefix`, a similarity each, in the order of `TITLES`."""
    curves = model.curves.get(metric.key, ())
    floor = next((curve for curve in curves if curve.name == FLOOR), None)
    found = []
    for curve in curves:
        if curve is not floor and curve.name.startswith(prefix):
            name = curve.name.removeprefix(prefix).strip()
            values = {m.key: curve.values[m.key] for m in model.methods if has_values(curve.values.get(m.key))}
            if values:
                found.append(Panel(name, curve, values, floors(floor, name)))
    order = list(TITLES)
    return sorted(found, key=lambda p: order.index(p.name) if p.name in order else len(order))


def floors(floor: CurveView | None, name: str) -> dict[str, Array]:
    """method key -> (images,): how alike each map is to itself under this similarity."""
    if floor is None or name not in floor.x_names:
        return {}
    place = floor.x_names.index(name)
    known = {key: np.atleast_2d(values) for key, values in floor.values.items()}
    return {key: values[:, place] for key, values in known.items() if has_values(values[:, place : place + 1])}
