"""A finished or half-finished run as results of attribench: which metrics share a file, and what has no place there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from heatproof.data.maps import BESIDE
from heatproof.interchange.layout import KINDS, Array, Branch, MetricResult
from heatproof.interchange.renaming import HOMES, Home, distinct, level_values, other_settings, remarks
from heatproof.interchange.tensors import Samples
from heatproof.study.stored import PIXELS
from heatproof.study.view import FormulaView, ModelView


@dataclass(frozen=True, eq=False)
class Placed:
    """One file of results, and the metrics whose values it holds."""

    name: str
    result: MetricResult
    metrics: tuple[FormulaView, ...]


@dataclass(frozen=True)
class Placement:
    """All results of a model that have a place in attribench, and what has to be said about them."""

    placed: tuple[Placed, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)


def results_of(model: ModelView) -> Placement:
    """The values and curves of a model in attribench's classes."""
    groups: dict[tuple[str, str], list[FormulaView]] = {}
    left_out: list[str] = []
    for metric in model.metrics:
        if metric.name not in HOMES:
            left_out.append(f"{metric.label}: attribench has no class for {metric.name}")
        elif _leaves(model, metric) is None:
            left_out.append(f"{metric.label}: no image has a curve")
        else:
            stem = HOMES[metric.name].stem(metric.settings)
            groups.setdefault((stem, other_settings(metric.settings)), []).append(metric)
    named: list[tuple[str, Sequence[FormulaView]]] = []
    for (stem, _), metrics in groups.items():
        named += [(stem, whole) for whole in _whole(metrics)]
    names = _numbered(stem for stem, _ in named)
    placed = tuple(
        Placed(n, _result(model, metrics), tuple(metrics)) for n, (_, metrics) in zip(names, named, strict=True)
    )
    notes = [text for p in placed for metric in p.metrics for text in _odd_curves(model, metric)]
    return Placement(placed, tuple(left_out), (*_notes(m for p in placed for m in p.metrics), *notes))


def _notes(metrics: Iterable[FormulaView]) -> list[str]:
    """Each remark once, with the metrics that it is about."""
    about: dict[str, list[str]] = {}
    for metric in metrics:
        for text in remarks(metric):
            about.setdefault(text, []).append(metric.label)
    return [f"{'; '.join(labels)}: {text}" for text, labels in about.items()]


def samples_of(model: ModelView) -> Samples:
    """The images of a model as it was shown them: pixels, not normalised, float32."""
    pixels = [model.load_map(PIXELS, image.id) for image in model.images]
    shape = next((x.shape for x in pixels if x is not None), (1, 1, 1))
    filled = [np.full(shape, np.nan, np.float32) if x is None else x for x in pixels]
    targets, ids = tuple(i.target for i in model.images), tuple(i.id for i in model.images)
    return Samples(np.stack(filled).astype(np.float32), targets, ids)


def method_names(model: ModelView) -> dict[str, str]:
    """Name in a file -> method key."""
    names = distinct((m.label for m in model.methods), BESIDE)
    return dict(zip(names, (m.key for m in model.methods), strict=True))


def maps_of(model: ModelView, key: str, shape: tuple[int, ...]) -> Iterable[Array]:
    """The map of each image, one after the other; NaN where there is none."""
    for image in model.images:
        phi = model.load_map(key, image.id)
        yield np.full(shape, np.nan, np.float32) if phi is None else phi


def _whole(metrics: Sequence[FormulaView]) -> list[Sequence[FormulaView]]:
    """Metrics whose levels make a full grid share a file; else those of each activation do."""
    levels = [level_values(m.settings) for m in metrics]
    kind = KINDS[HOMES[metrics[0].name].type]
    own = [tuple(v for name, v in found.items() if name in kind.levels) for found in levels]
    sizes = [len(set(values)) for values in zip(*own, strict=True)]
    if len(set(own)) == len(metrics) == int(np.prod(sizes)):
        return [metrics]
    if "activation_fn" not in kind.levels or len(set(own)) < len(metrics):
        return [[metric] for metric in metrics]
    by_activation: dict[str, list[FormulaView]] = {}
    for metric, found in zip(metrics, levels, strict=True):
        by_activation.setdefault(found["activation_fn"], []).append(metric)
    return list(by_activation.values())


def _result(model: ModelView, metrics: Sequence[FormulaView]) -> MetricResult:
    """The metrics of one file in one tree."""
    home = HOMES[metrics[0].name]
    methods, order = method_names(model), KINDS[home.type].levels
    leaves: dict[Branch, Array] = {}
    for metric, (name, key) in product(metrics, methods.items()):
        found = level_values(metric.settings) | {"method": name}
        values = _leaves(model, metric)
        assert values is not None, "metrics without a curve were left out"
        leaves[tuple(found[level] for level in order)] = values[key]
    levels = {level: tuple(dict.fromkeys(branch[i] for branch in leaves)) for i, level in enumerate(order)}
    mode = str(metrics[0].settings[home.mode]) if home.mode else ""
    return MetricResult(home.type, levels, leaves, mode)


def _leaves(model: ModelView, metric: FormulaView) -> dict[str, Array] | None:
    """Method key -> the leaf of this metric; None where it has no curve yet."""
    home: Home = HOMES[metric.name]
    if home.curve:
        curves: list[Any] = [c for c in model.curves[metric.key] if c.name == home.curve]
        if not curves:
            return None
        held = curves[0].values
        points = max(held[m.key].shape[1] for m in model.methods) or len(curves[0].x)
        return {m.key: _padded(held[m.key], points) for m in model.methods}
    single = KINDS[home.type].leaf == "one"
    values = {m.key: model.values[m.key, metric.key] for m in model.methods}
    return {key: v[:, None] if single else v for key, v in values.items()}


def _odd_curves(model: ModelView, metric: FormulaView) -> Iterator[str]:
    """A file has one number of points; curves that go unit by unit have as many as their image has units."""
    if not HOMES[metric.name].curve:
        return
    leaves = _leaves(model, metric) or {}
    odd = sum(int((np.isnan(c).all(1) & ~np.isnan(model.values[key, metric.key])).sum()) for key, c in leaves.items())
    if odd:
        yield f"{metric.label}: {odd} curves have another number of points than the longest, and are NaN; set steps"


def _padded(curves: Array, points: int) -> Array:
    """A method without a single curve has points all the same, none of them known."""
    return curves if curves.shape[1] == points else np.full((len(curves), points), np.nan)


def _numbered(stems: Iterable[str]) -> list[str]:
    """deletion_morf, deletion_morf-2, .."""
    seen: dict[str, int] = {}
    names = []
    for stem in stems:
        seen[stem] = seen.get(stem, 0) + 1
        names.append(stem if seen[stem] == 1 else f"{stem}-{seen[stem]}")
    return names
