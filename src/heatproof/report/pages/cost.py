"""Page 8: what was asked of the model, what was run, and what sharing saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heatproof.report.page import Content, Shared
from heatproof.report.svg import bar
from heatproof.report.text import NOTHING, duration, percent
from heatproof.study.view import FormulaView, ModelView

_COUNTS = ("asked", "run", "forwards", "gradients")


def of_run(shared: Shared) -> Content:
    """The totals."""
    cost = shared.view.cost
    facts = [
        ("evaluations asked", _count(cost.get("asked"))),
        ("evaluations run", _count(cost.get("run"))),
        ("saved by sharing", percent(cost.get("shared"))),
        ("forwards", _count(cost.get("forwards"))),
        ("gradients", _count(cost.get("gradients"))),
        ("time", duration(cost.get("seconds"))),
        ("of it in the model", duration(cost.get("model_seconds"))),
    ]
    known = [fact for fact in facts if fact[1] != NOTHING]
    return {"facts": known} if known else None


def of_model(model: ModelView, shared: Shared) -> Content:
    """A row for each method and metric."""
    rows = [(formula, formula.evaluations) for formula in (*model.methods, *model.metrics) if formula.evaluations]
    if not rows:
        return None
    most = max((float(used.get("seconds", 0)) for _, used in rows), default=0.0)
    parts = [("Methods", [_row(f, shared.styles, most) for f, _ in rows if f in model.methods])]
    parts.append(("Metrics", [_row(f, {}, most) for f, _ in rows if f in model.metrics]))
    return {"parts": [part for part in parts if part[1]]}


def _row(formula: FormulaView, styles: Mapping[str, str], most: float) -> dict[str, Any]:
    used = formula.evaluations
    asked, run, seconds = used.get("asked", 0), used.get("run", 0), used.get("seconds")
    return {
        "formula": formula,
        "css": styles.get(formula.label, ""),
        "counts": [(_count(used.get(name)), used.get(name, 0)) for name in _COUNTS],
        "saved": percent(1 - run / asked) if asked else NOTHING,
        "saved_share": 1 - run / asked if asked else 0.0,
        "seconds": duration(seconds),
        "seconds_value": seconds or 0.0,
        "bar": bar((seconds or 0.0) / most if most else 0.0),
    }


def _count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"
