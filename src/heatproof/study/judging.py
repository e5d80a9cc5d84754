"""From the scores of one model to the table that the verdict is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.table import SanityData, ScoreTable
from heatproof.study.view import CurveView, FormulaView

Array = NDArray[Any]
SANITY = "parameter_randomization"
DECIDING = ("faithfulness",)
"""Families of metrics that decide the overall order."""


def score_table(
    methods: tuple[FormulaView, ...],
    metrics: tuple[FormulaView, ...],
    values: Mapping[tuple[str, str], Array],
    curves: Mapping[str, tuple[CurveView, ...]],
) -> ScoreTable:
    """Methods x metrics x images, with the directions, the controls and the sanity check."""
    return ScoreTable(
        methods=tuple(m.label for m in methods),
        controls=frozenset(m.label for m in methods if m.control),
        metrics=tuple(c.label for c in metrics),
        better={c.label: c.better for c in metrics},
        values={(m.label, c.label): values[m.key, c.key] for m in methods for c in metrics},
        sanity=_sanity(methods, metrics, values, curves),
        deciding=frozenset(c.label for c in metrics if c.family in DECIDING),
    )


def _sanity(
    methods: tuple[FormulaView, ...],
    metrics: tuple[FormulaView, ...],
    values: Mapping[tuple[str, str], Array],
    curves: Mapping[str, tuple[CurveView, ...]],
) -> dict[str, SanityData]:
    test = next((c for c in metrics if c.name == SANITY), None)
    if test is None:
        return {}
    floors = next((c for c in curves[test.key] if c.name == "noise floor"), None)
    found = {}
    for m in methods:
        floor = floors.values[m.key] if floors else np.full((0, 0), np.nan)
        signed = floor[:, 0] if floor.size else np.full(1, np.nan)
        known = signed[np.isfinite(signed)]
        found[m.label] = SanityData(values[m.key, test.key], float(known.mean()) if len(known) else None)
    return found
