"""Page 1: what weakens the verdict, the verdict in sentences, and who fails the sanity check."""

from __future__ import annotations

from heatproof.report.page import Content, Shared
from heatproof.report.text import number_format
from heatproof.stats.words import plural
from heatproof.study.view import ModelView

_ORDER = {"fail": 0, "undecided": 1, "not tested": 2, "pass": 3}


def of_run(shared: Shared) -> Content:
    """What is wrong with the run as a whole."""
    view, warnings = shared.view, []
    if not view.models:
        warnings.append("This run has no model yet: there is nothing to judge.")
    if view.missing:
        warnings.append(f"This run is not finished: {plural(view.missing, 'score')} of the study still missing.")
    if view.failed:
        warnings.append(f"{plural(len(view.failed), 'score')} failed; see Problems.")
    return {"warnings": warnings} if warnings else None


def of_model(model: ModelView, shared: Shared) -> Content:
    """The verdict on one model, also when it says nothing yet."""
    verdict = model.verdict
    outcomes = sorted(verdict.sanity, key=lambda s: (_ORDER.get(s.outcome, 2), s.method))
    write = number_format(v for s in outcomes for v in (s.similarity, s.low, s.high, s.floor))
    return {
        "scope": ", ".join(
            plural(len(items), noun)
            for items, noun in (
                (model.images, "image"),
                ([m for m in model.methods if not m.control], "method"),
                ([m for m in model.methods if m.control], "control"),
                (model.metrics, "metric"),
            )
        ),
        "warnings": (*(t for t in shared.view.habits if t.startswith(f"{model.name}: ")), *verdict.warnings),
        "sentences": verdict.sentences or ("No score is finished yet, so there is no verdict.",),
        "alpha": verdict.alpha,
        "sanity": [
            {
                "method": s.method,
                "outcome": s.outcome,
                "css": s.outcome.replace(" ", "-") if s.outcome in _ORDER else "undecided",
                "line": shared.styles.get(s.method, ""),
                "similarity": write(s.similarity),
                "interval": f"{write(s.low)} to {write(s.high)}" if s.low is not None else "",
                "floor": write(s.floor),
            }
            for s in outcomes
        ],
    }
