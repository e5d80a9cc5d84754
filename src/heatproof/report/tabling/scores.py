"""What the statistics of a model are made from: its score table, and which of its metrics say something about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.report.drawing.plates import Absent
from heatproof.stats.table import ScoreTable
from heatproof.study.draws import repeats
from heatproof.study.judging import SANITY, score_table
from heatproof.study.view import FormulaView, ModelView

Array = NDArray[Any]
GROUNDED = ("faithfulness", "localisation", "robustness")
"""Families whose scores depend on the model: a map can be sparse, or add up, whatever the model does."""


def scores_of(model: ModelView) -> ScoreTable:
    """Methods x metrics x images; raises Absent where the run holds no scores."""
    if any((m.key, c.key) not in model.values for m in model.methods for c in model.metrics):
        raise Absent("no score is finished yet")
    return score_table(model.methods, model.metrics, model.values, model.curves)


def compared(model: ModelView) -> tuple[str, ...]:
    """Labels of the metrics that are compared: with a direction, about the model, and each once.

    Of a metric that is repeated with other random draws only the first column counts.
    """
    again = {c.label for columns in repeated(model) for c in columns[1:]}
    found = [m.label for m in model.metrics if m.better and m.family in GROUNDED and m.label not in again]
    if not found:
        raise Absent(f"needs a metric with a direction, of a family among {', '.join(GROUNDED)}")
    return tuple(found)


def narrowed(model: ModelView) -> ScoreTable:
    """The score table of the metrics that are compared."""
    table, names = scores_of(model), compared(model)
    return replace(table, metrics=names, values={unit: v for unit, v in table.values.items() if unit[1] in names})


def side_by_side(models: Mapping[str, ModelView]) -> tuple[dict[str, ScoreTable], tuple[str, ...]]:
    """Score tables whose methods and metrics are called alike, and the names that stand for different settings.

    What an earlier run has with the same settings under another label is called as it is there.
    """
    called: dict[tuple[str, str], str] = {}
    meant: dict[str, set[str]] = {}
    found = {}
    for name, model in models.items():
        here = [*model.methods, *model.metrics]
        own = {f.label for f in here}
        known = set(called.values())
        names = {}
        for formula in here:
            earlier = called.get((formula.name, _written(formula)), formula.label)
            names[formula.label] = earlier if formula.label not in known and earlier not in own else formula.label
            meant.setdefault(names[formula.label], set()).add(_written(formula))
        for formula in here:
            called.setdefault((formula.name, _written(formula)), names[formula.label])
        found[name] = _renamed(narrowed(model), names)
    return found, tuple(sorted(name for name, settings in meant.items() if len(settings) > 1))


def _written(formula: FormulaView) -> str:
    return repr(sorted(formula.settings.items(), key=lambda item: item[0]))


def _renamed(table: ScoreTable, names: Mapping[str, str]) -> ScoreTable:
    return ScoreTable(
        methods=tuple(names[m] for m in table.methods),
        controls=frozenset(names[m] for m in table.controls),
        metrics=tuple(names[c] for c in table.metrics),
        better={names[c]: better for c, better in table.better.items()},
        values={(names[m], names[c]): values for (m, c), values in table.values.items()},
        deciding=None if table.deciding is None else frozenset(names[c] for c in table.deciding),
    )


def repeated(model: ModelView) -> list[list[FormulaView]]:
    """Columns that are the same metric with the same settings but for `draw`, in the order of their draws."""
    return repeats(model.metrics)


def variants(model: ModelView) -> dict[str, list[FormulaView]]:
    """Metrics that the study has several times with other settings, repeats aside: name -> columns."""
    again = {c.label for columns in repeated(model) for c in columns[1:]}
    found: dict[str, list[FormulaView]] = {}
    for metric in model.metrics:
        if metric.label not in again:
            found.setdefault(metric.name, []).append(metric)
    return {name: columns for name, columns in found.items() if len(columns) > 1}


def forgotten(model: ModelView) -> tuple[dict[str, Array], str]:
    """Similarity of each method's maps to those of the model with all weights random, per image; and what it is.

    From the column of parameter_randomization with order full where there is one, else from the last stage of the
    cascade, which is the same model.
    """
    tests = [m for m in model.metrics if m.name == SANITY]
    if not tests:
        raise Absent(f"needs the metric {SANITY}")
    test = next((t for t in tests if t.settings.get("order") == "full"), tests[0])
    name = str(test.settings.get("similarity", "spearman"))
    order = "full" if test.settings.get("order") == "full" else "cascading"
    curve = next((c for c in model.curves.get(test.key, ()) if c.name == f"{order} {name}"), None)
    if curve is None and not any(unit[1] == test.key for unit in model.values):
        raise Absent("no score is finished yet")
    if curve is None:
        return {m.label: model.values[m.key, test.key] for m in model.methods}, f"{name}, mean over the stages"
    missing = np.full(len(model.images), np.nan)
    found = {m.label: _last(curve.values.get(m.key), missing) for m in model.methods}
    return found, f"{name}, all weights random"


def means(scores: Mapping[str, Array]) -> dict[str, float]:
    """Mean of the defined values of each, NaN without any."""
    known = {name: values[np.isfinite(values)] for name, values in scores.items()}
    return {name: float(values.mean()) if len(values) else float("nan") for name, values in known.items()}


def _last(values: Array | None, missing: Array) -> Array:
    return missing if values is None or not np.asarray(values).size else np.asarray(values)[:, -1]
