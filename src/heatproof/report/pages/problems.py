"""Page 11: every unit without a value, and why."""

from __future__ import annotations

from typing import Any

from heatproof.report.page import Content, Shared
from heatproof.stats.words import plural
from heatproof.study.view import ModelView

NAMED = 3
"""Images named in a row, before `and 12 more`."""
ROWS = 300


def of_run(shared: Shared) -> Content:
    """Missing and failed units, skipped images."""
    view = shared.view
    skipped = [event for event in view.events if "skip" in str(event.get("kind", ""))]
    if not (view.missing or view.failed or skipped):
        return None
    left_out = max(0, len(view.failed) - ROWS)
    return {
        "missing": plural(view.missing, "score") if view.missing else "",
        "failed": view.failed[:ROWS],
        "failed_more": plural(left_out, "failed score") if left_out else "",
        "skipped": skipped,
    }


def of_model(model: ModelView, shared: Shared) -> Content:
    """Undefined values, gathered by method, metric and reason."""
    del shared
    methods, metrics = ({f.key: f.label for f in formulas} for formulas in (model.methods, model.metrics))
    rows = []
    for (method, metric), reasons in model.reasons.items():
        for reason, images in _gathered(model, reasons).items():
            names = (methods.get(method, method), metrics.get(metric, metric))
            rows.append({"names": names, "reason": reason, "count": len(images), "images": _named(images)})
    return {"rows": rows} if rows else None


def _gathered(model: ModelView, reasons: tuple[str | None, ...]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for image, reason in zip(model.images, reasons, strict=False):
        if reason:
            gathered.setdefault(reason, []).append(image.id)
    return gathered


def _named(images: list[str]) -> Any:
    more = len(images) - NAMED
    return ", ".join(images[:NAMED]) + (f" and {more} more" if more > 0 else "")
