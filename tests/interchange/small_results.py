"""Made-up results of every class, and the run of a small study."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
from study_kit import SmallNet, images

import heatproof as hp
from heatproof.interchange.layout import KINDS, MetricResult

VALUES = {
    "activation_fn": ("softmax", "linear"),
    "masker": ("zero", "blur"),
    "method": ("smoothgrad(sigma=0.3)", "Gradient", "a method"),
    "perturbation_generator": ("square", "gaussian"),
}
CASES = [(kind, mode) for kind, known in KINDS.items() for mode in known.modes or ("",)]
METRICS = [
    {"deletion": {"steps": 5, "fill": {"sweep": ["zero", "noise"]}}},
    {"deletion": {"steps": 5, "order": "lerf", "link": "logit"}},
    {"insertion": {"steps": 4, "rule": "mean"}},
    {"irof": {"segments": 6, "steps": 3}},
    {"iiof": {"segments": 6, "steps": 3}},
    {"sensitivity_n": {"sizes": 2, "subsets": 6}},
    {"segment_sensitivity_n": {"segments": 9, "sizes": 2, "subsets": 6}},
    {"infidelity": {"n": 8, "perturbation": {"sweep": ["gaussian", "square"]}}},
    {"minimal_subset": {"mode": {"sweep": ["deletion", "insertion"]}}},
    {"max_sensitivity": {"n": 2}},
    "parameter_randomization",
    "gini",
]


def result(kind: str, mode: str = "", seed: int = 0) -> MetricResult:
    """Random values for 4 images, one of them unknown."""
    known, rng = KINDS[kind], np.random.default_rng(seed)
    levels = {name: VALUES[name] for name in known.levels}
    shape = {"curve": (4, 5), "one": (4, 1), "plain": (4,)}[known.leaf]
    leaves = {branch: rng.normal(size=shape) for branch in product(*levels.values())}
    next(iter(leaves.values()))[2] = np.nan
    return MetricResult(kind, levels, leaves, mode)


def same(a: MetricResult, b: MetricResult) -> None:
    """Equal to the bit, whatever the order of values."""
    assert (a.type, a.mode) == (b.type, b.mode)
    assert {n: sorted(v) for n, v in a.levels.items()} == {n: sorted(v) for n, v in b.levels.items()}
    again = b.ordered(tuple(a.levels))
    assert a.leaves.keys() == again.leaves.keys()
    for branch, leaf in a.leaves.items():
        np.testing.assert_array_equal(leaf, again.leaves[branch])


def run(
    folder: Path, methods: list[object] | None = None, metrics: list[object] | None = None
) -> hp.study.results.Result:
    """A run of the small study."""
    methods = methods or ["gradient", ("smoothgrad", {"n": 3}), "grad_cam"]
    study = hp.Study(SmallNet(), images(4), methods=methods, metrics=metrics or METRICS, controls=["random"], batch=8)
    return study.run(folder)
