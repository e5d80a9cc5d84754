"""Page 3: how often one method beats another, metric by metric."""

from __future__ import annotations

from typing import Any

from heatproof.report.page import Content, Shared, judged, ranked
from heatproof.report.text import arrow
from heatproof.stats.verdict import Pair
from heatproof.stats.words import p_value, plural
from heatproof.study.view import FormulaView, ModelView


def of_model(model: ModelView, shared: Shared) -> Content:
    """A matrix per metric: row beats column."""
    del shared
    methods = ranked(model)
    tables = [table for metric in judged(model) if (table := _table(model, metric, methods))]
    return {"methods": methods, "tables": tables} if tables else None


def _table(model: ModelView, metric: FormulaView, methods: list[FormulaView]) -> dict[str, Any] | None:
    pairs = {(p.a, p.b): p for p in model.verdict.pairs if p.metric == metric.label}
    if not pairs:
        return None
    present = [m for m in methods if any(m.label in names for names in pairs)]
    rows = [{"method": a, "cells": [_cell(pairs, a.label, b.label) for b in present]} for a in present]
    decided = sum(1 for pair in pairs.values() if pair.better)
    return {
        "metric": metric,
        "arrow": arrow(metric.better),
        "rows": rows,
        "decided": decided,
        "total": len(pairs),
    }


def _cell(pairs: dict[tuple[str, str], Pair], a: str, b: str) -> dict[str, Any] | None:
    """The pair as the row sees it."""
    pair = pairs.get((a, b)) or pairs.get((b, a))
    if pair is None or a == b:
        return None
    wins = pair.effect if pair.a == a else 1 - pair.effect
    return {
        "wins": f"{100 * wins:.0f}",
        "css": "won" if pair.better == a else "lost" if pair.better == b else "",
        "title": f"{a} against {b}: {p_value(pair.p_adjusted)} after correction, {plural(pair.count, 'image')}",
    }
