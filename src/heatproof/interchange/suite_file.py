"""Reads the one HDF5 file that a suite of 2021/22 wrote: images, maps, predictions and the results of every metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from heatproof.data.hdf5 import hdf5
from heatproof.interchange.layout import BASELINE, Array, Branch, MetricResult
from heatproof.vocabulary.errors import HeatproofError, problem

LEVELS: dict[int, Branch] = {
    1: ("method",),
    2: ("masker", "method"),
    3: ("masker", "activation_fn", "method"),
}
"""The levels of a metric by their number; groups of that time do not name them."""
INFIDELITY: Branch = ("perturbation_generator", "activation_fn", "method")
ROOT = "results"


@dataclass(frozen=True, eq=False)
class SuiteFile:
    """What the file holds; what it does not hold is None or empty."""

    results: Mapping[str, MetricResult]
    images: Array | None = None
    """(N, C, H, W)"""
    predictions: Array | None = None
    """(N, classes)"""
    attributions: Mapping[str, Array] = field(default_factory=dict)
    """Method -> (N, C, H, W)"""
    samples: int = 0
    seed: int | None = None


def read_suite_file(path: str | Path) -> SuiteFile:
    """The file of a suite; `_BASELINE` goes into the `baseline` of each result. Raises HP690."""
    try:
        with hdf5().File(path, "r") as root:
            return _read(root)
    except HeatproofError as error:
        raise problem("HP690", path=path, reason=error.text) if error.code == "HP690" else error from error
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise problem("HP690", path=path, reason=" ".join(str(error).split())[:200]) from error


def is_suite_file(path: str | Path) -> bool:
    """Whether this HDF5 file has the group `results`; a result of one metric has an attribute `type` instead."""
    try:
        with hdf5().File(path, "r") as root:
            return ROOT in root and "type" not in root.attrs
    except OSError:
        return False


def _read(root: Any) -> SuiteFile:
    if ROOT not in root:
        raise ValueError("it has no group results")
    seed = root.attrs.get("seed")
    return SuiteFile(
        results={name: _result(name, group) for name, group in root[ROOT].items()},
        images=root["images"][()] if "images" in root else None,
        predictions=root["predictions"][()] if "predictions" in root else None,
        attributions={name: item[()] for name, item in root.get("attributions", {}).items()},
        samples=int(root.attrs.get("num_samples", 0)),
        seed=None if seed is None else int(seed),
    )


def _result(name: str, group: Any) -> MetricResult:
    """One metric; its levels are known from the class and their number."""
    leaves = dict(_walked(group, ()))
    if not leaves:
        raise ValueError(f"the metric {name} has no values")
    depth = len(next(iter(leaves)))
    kind = _text(group.attrs["type"])
    named = INFIDELITY if "infidelity" in kind.lower() and depth == len(INFIDELITY) else LEVELS.get(depth)
    if named is None or any(len(branch) != depth for branch in leaves):
        raise ValueError(f"the metric {name} has leaves at depth {depth}, wanted 1 to {len(LEVELS)} levels")
    baseline = {branch: leaf for branch, leaf in leaves.items() if branch[-1] == BASELINE}
    kept = {branch: leaf for branch, leaf in leaves.items() if branch[-1] != BASELINE}
    levels = {n: tuple(dict.fromkeys(branch[i] for branch in kept)) for i, n in enumerate(named)}
    others = {key: _text(value) for key, value in group.attrs.items() if key not in ("type", "mode")}
    return MetricResult(kind, levels, kept, _text(group.attrs.get("mode", "")), baseline, others)


def _walked(group: Any, branch: Branch) -> Iterator[tuple[Branch, Array]]:
    for name, item in group.items():
        if hasattr(item, "items"):
            yield from _walked(item, (*branch, name))
        else:
            yield (*branch, name), np.asarray(item[()], dtype=np.float64)


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value.item() if hasattr(value, "item") else value
