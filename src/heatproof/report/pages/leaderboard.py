"""Page 2: every method on every metric, mean with interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heatproof.report import export
from heatproof.report.page import Content, Shared, cells, judged, ranked
from heatproof.report.svg import interval
from heatproof.report.text import arrow, finite, number_format
from heatproof.stats.verdict import Cell
from heatproof.study.view import FormulaView, ModelView

Cells = Mapping[tuple[str, str], Cell]


def of_model(model: ModelView, shared: Shared) -> Content:
    """The table, and the same numbers to copy."""
    found, methods = cells(model), ranked(model)
    if not any(cell.mean is not None for cell in found.values()):
        return None
    columns = [_column(metric, methods, found) for metric in judged(model)]
    sanity = {s.method: s.outcome for s in model.verdict.sanity}
    return {
        "metrics": [{"metric": m, "arrow": arrow(m.better)} for m in judged(model)],
        "rows": [
            {
                "method": method,
                "css": shared.styles.get(method.label, ""),
                "sanity": sanity.get(method.label, ""),
                "cells": [column[place] for column in columns],
            }
            for place, method in enumerate(methods)
        ],
        "has_sanity": any(outcome != "not tested" for outcome in sanity.values()),
        "confidence": f"{100 * (1 - model.verdict.alpha):.3g} %",
        "exports": export.leaderboard(model),
    }


def _column(metric: FormulaView, methods: list[FormulaView], found: Cells) -> list[dict[str, Any]]:
    """One metric: all its cells on one scale."""
    row = [found.get((method.label, metric.label)) for method in methods]
    limits = finite(v for cell in row if cell for v in (cell.low, cell.mean, cell.high))
    domain = (min(limits, default=0.0), max(limits, default=1.0))
    write = number_format(limits)
    return [_cell(cell, write, domain) for cell in row]


def _cell(cell: Cell | None, write: Any, domain: tuple[float, float]) -> dict[str, Any]:
    if cell is None or cell.mean is None:
        return {"mean": write(None), "undefined": cell.undefined if cell else 0}
    return {
        "mean": write(cell.mean),
        "value": cell.mean,
        "interval": f"{write(cell.low)} to {write(cell.high)}" if cell.low is not None else "",
        "mark": interval(cell.low, cell.mean, cell.high, domain),
        "best": cell.best,
        "random": cell.beats_random is False,
        "undefined": cell.undefined,
        "count": cell.count,
    }
