"""The case study of one model of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.scores import forgotten, narrowed, repeated
from heatproof.stats.case_study import CaseStudy, Choice, Limits, case_study
from heatproof.study.judging import SANITY
from heatproof.study.view import FormulaView, ModelView


class Case(NamedTuple):
    """What the seven steps found, and what they could not look at."""

    found: CaseStudy
    left_out: tuple[Choice, ...]
    """Metrics that were not considered, and why."""
    similarity: str
    """What step 5 looked at, or why it looked at nothing."""


def case_of(
    model: ModelView,
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    images: int | None = None,
    seed: int = 0,
    limits: Limits | None = None,
) -> Case:
    """All seven steps; see `stats.case_study`. Without parameter_randomization step 5 drops nothing, and says so."""
    scores = narrowed(model)
    try:
        kept, name = forgotten(model)
    except Absent as absent:
        kept, name = {}, f"not tested: {absent.reason}"
    found = case_study(scores, similarity=kept, pairs=pairs, images=images, seed=seed, limits=limits)
    again = {c.label for columns in repeated(model) for c in columns[1:]}
    left_out = [
        Choice(m.label, False, "is a repeat" if m.label in again else _why(m))
        for m in model.metrics
        if m.label not in scores.metrics
    ]
    return Case(found, tuple(left_out), name)


def _why(metric: FormulaView) -> str:
    if not metric.better:
        return "has no better end"
    if metric.name == SANITY:
        return "is the test of step 5"
    return f"family {metric.family}: not compared with random maps"
