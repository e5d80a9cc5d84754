"""Columns that repeat one metric with other random draws: each is kept, together they count once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.study.view import FormulaView

Array = NDArray[Any]
DRAW = "draw"


def repeats(metrics: Sequence[FormulaView]) -> list[list[FormulaView]]:
    """Columns that are the same metric with the same settings but for `draw`, in the order of their draws."""
    found: dict[str, list[FormulaView]] = {}
    for metric in metrics:
        if DRAW in metric.settings:
            rest = {name: value for name, value in metric.settings.items() if name != DRAW}
            found.setdefault(f"{metric.name} {rest}", []).append(metric)
    return [sorted(columns, key=lambda c: int(c.settings[DRAW])) for columns in found.values() if len(columns) > 1]


def once_each(metrics: Sequence[FormulaView]) -> tuple[FormulaView, ...]:
    """The metrics as the verdict counts them: the first of its repeats, in its place, stands for all of them."""
    of = {c.key: columns for columns in repeats(metrics) for c in columns}
    whole = {columns[0].key: replace(columns[0], label=_label(columns)) for columns in of.values()}
    return tuple(whole.get(m.key, m) for m in metrics if m.key not in of or m.key in whole)


def mean_over_draws(
    metrics: Sequence[FormulaView], values: Mapping[tuple[str, str], Array]
) -> dict[tuple[str, str], Array]:
    """(method key, metric key) -> one value per image; of repeats, under the key of the first, their mean.

    An image counts with the draws that have a value for it, and is NaN where none has.
    """
    of = {columns[0].key: columns for columns in repeats(metrics)}
    return {
        (method, key): _mean([values[method, c.key] for c in of[key]]) if key in of else own
        for (method, key), own in values.items()
    }


def _mean(draws: Sequence[Array]) -> Array:
    stacked = np.stack(draws)
    known = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        mean: Array = np.where(known, stacked, 0.0).sum(0) / known.sum(0)
    return mean


def _label(columns: Sequence[FormulaView]) -> str:
    """`sensitivity_n (mean of 3 draws)`: the draw is no longer what tells it from others."""
    bare = re.sub(rf"\b{DRAW}=[^,)]*(, )?", "", columns[0].label).replace(", )", ")").replace("()", "")
    return f"{bare} (mean of {len(columns)} draws)"
