"""Page 4: can the metrics be trusted - do they agree, and can they tell a method from noise?"""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from heatproof.report.page import Content, Shared, cells, judged
from heatproof.report.text import NOTHING, arrow
from heatproof.stats.verdict import Cell
from heatproof.study.view import FormulaView, ModelView

STRENGTHS = 5
"""Steps of the heat table to either side of zero."""


def of_model(model: ModelView, shared: Shared) -> Content:
    """Agreement of each pair of metrics, and what each metric can tell from the random control."""
    del shared
    found = cells(model)
    metrics = [_metric(model, metric, found) for metric in judged(model)]
    if not model.verdict.agreement and not any(m["tested"] for m in metrics):
        return None
    both_ways = {**model.verdict.agreement, **{(b, a): tau for (a, b), tau in model.verdict.agreement.items()}}
    present = [m for m in judged(model) if any(m.label in pair for pair in both_ways)]
    return {
        "metrics": metrics,
        "fooled": [m["label"] for m in metrics if m["tested"] and not m["beating"]],
        "columns": present,
        "rows": [{"metric": a, "cells": [_heat(a, b, both_ways) for b in present]} for a in present],
    }


def _metric(model: ModelView, metric: FormulaView, found: dict[tuple[str, str], Cell]) -> dict[str, Any]:
    labels = [m.label for m in model.methods if not m.control]
    row = [cell for label in labels if (cell := found.get((label, metric.label)))]
    verdicts = [cell.beats_random for cell in row if cell.beats_random is not None]
    taus = [tau for pair, tau in model.verdict.agreement.items() if metric.label in pair and pair[0] != pair[1]]
    return {
        "label": metric.label,
        "arrow": arrow(metric.better),
        "family": metric.family,
        "tested": len(verdicts),
        "beating": sum(verdicts),
        "undefined": sum(cell.undefined for cell in row),
        "agreement": _signed(median(taus)) if taus else NOTHING,
    }


def _heat(a: FormulaView, b: FormulaView, taus: dict[tuple[str, str], float]) -> dict[str, str] | None:
    tau = taus.get((a.label, b.label))
    if a is b or tau is None or math.isnan(tau):
        return None
    step = round(abs(tau) * STRENGTHS)
    return {"text": _signed(tau), "css": f"{'plus' if tau > 0 else 'minus'}{min(step, STRENGTHS)}" if step else ""}


def _signed(tau: float) -> str:
    return f"{tau:+.2f}".replace("-", "−")
