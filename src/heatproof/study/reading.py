"""From the store of a run folder to the views that the report, the terminal and a notebook show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.stats.judge import judge
from heatproof.store.rows import ScoreRow
from heatproof.store.store import Store
from heatproof.study.costs import cost_of, line_of, total_cost
from heatproof.study.draws import mean_over_draws, once_each
from heatproof.study.folder import Folder
from heatproof.study.judging import score_table
from heatproof.study.stored import StoredMaps, StoredNotes, StoredPictures, StoredPixels
from heatproof.study.view import CurveView, FormulaView, ImageView, ModelView, RunView

Array = NDArray[Any]


def read_run(store: Store, folder: Path) -> RunView:
    """Everything there is to show of this run."""
    names = store.get_meta("models") or []
    scores: dict[tuple[str, str, str], ScoreRow] = {(s.image, s.method, s.metric): s for s in store.scores()}
    described = [store.get_meta(f"model {i}") for i in range(len(names))]
    models = [_model(store, folder, i, d, scores) for i, d in enumerate(described) if d]
    units = [u for d in described if d for u in _units(d)]
    finished = Folder(store).finished()
    study = store.get_meta("study") or {}
    return RunView(
        title=study.get("name", folder.name),
        folder=folder,
        models=tuple(models),
        study=study,
        provenance=(store.get_meta("provenance") or {}) | {"sessions": store.get_meta("sessions") or []},
        cost=total_cost(store, len(names)),
        events=tuple({"when": e.at, "kind": e.kind, "text": e.text} for e in store.events()),
        missing=sum(u not in finished and u not in scores for u in units) + sum(d is None for d in described),
        failed=tuple(_failures(described, scores)),
        digest=store.digest(units),
    )


def _units(described: Mapping[str, Any]) -> list[tuple[str, ...]]:
    maps: list[tuple[str, ...]] = [(i["key"], m["key"]) for i in described["images"] for m in described["methods"]]
    return maps + [(*u, metric["key"]) for u in maps for metric in described["metrics"]]


def _model(store: Store, folder: Path, index: int, d: Mapping[str, Any], scores: Mapping[Any, ScoreRow]) -> ModelView:
    cost = cost_of(store, index)
    axes = store.get_meta(f"axes {index}") or {}
    keys = [i["key"] for i in d["images"]]
    methods = tuple(_formula(m, line_of(cost, "method", m["label"])) for m in d["methods"])
    metrics = tuple(_formula(m, line_of(cost, "metric", m["label"])) for m in d["metrics"])
    found = {
        (m["key"], c["key"]): [scores.get((i, m["key"], c["key"])) for i in keys]
        for m in d["methods"]
        for c in d["metrics"]
    }
    values = {unit: np.array([_value(s) for s in rows], dtype=np.float64) for unit, rows in found.items()}
    curves = {c["key"]: _curves(axes.get(c["key"], {}), c["key"], d["methods"], found) for c in d["metrics"]}
    return ModelView(
        name=d["name"],
        facts=d["facts"],
        images=tuple(_image(folder, i) for i in d["images"]),
        methods=methods,
        metrics=metrics,
        values=values,
        reasons={unit: tuple(s.reason if s else "not computed yet" for s in rows) for unit, rows in found.items()},
        curves=curves,
        load_map=StoredMaps(folder, {i["id"]: i["key"] for i in d["images"]}),
        pictures=StoredPictures(folder, {i["id"]: i["key"] for i in d["images"]}),
        notes=StoredNotes(folder, tuple(keys)),
        verdict=judge(score_table(methods, once_each(metrics), mean_over_draws(metrics, values), curves)),
    )


def _formula(d: Mapping[str, Any], evaluations: Mapping[str, Any]) -> FormulaView:
    own = {k: v for k, v in d.items() if k != "version"}
    return FormulaView(**own, evaluations=evaluations)


def _image(folder: Path, d: Mapping[str, Any]) -> ImageView:
    own = {k: v for k, v in d.items() if k != "key"}
    own["probability"] = float("nan") if own["probability"] is None else own["probability"]
    return ImageView(**own, pixels=StoredPixels(folder, d["key"]))


def _value(row: ScoreRow | None) -> float:
    return float("nan") if row is None or row.value is None else row.value


def _curves(
    axes: Mapping[str, Any], metric: str, methods: list[dict[str, Any]], found: Mapping[Any, list[ScoreRow | None]]
) -> tuple[CurveView, ...]:
    views = []
    for name, axis in axes.items():
        values = {
            m["key"]: _stacked([s.curves.get(name) if s else None for s in found[m["key"], metric]]) for m in methods
        }
        views.append(CurveView(name, tuple(axis["x"]), axis["x_label"], axis["y_label"], tuple(axis["names"]), values))
    return tuple(views)


def _stacked(rows: list[Any]) -> Array:
    length = max((len(r) for r in rows if r), default=0)
    stack = np.full((len(rows), length), np.nan)
    for line, r in zip(stack, rows, strict=True):
        if r and len(r) == length:
            line[:] = [np.nan if v is None else v for v in r]
    return stack


def _failures(described: list[Any], scores: Mapping[Any, ScoreRow]) -> list[dict[str, str]]:
    failures = []
    for d in filter(None, described):
        for i in d["images"]:
            for m in d["methods"]:
                for c in d["metrics"]:
                    row = scores.get((i["key"], m["key"], c["key"]))
                    if row and row.kind == "failed":
                        where = {"image": i["id"], "method": m["label"], "metric": c["label"]}
                        failures.append(where | {"reason": row.reason or ""})
    return failures
