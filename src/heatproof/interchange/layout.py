"""What a metric result of attribench holds: a tree of levels, and one array over the images at each of its leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heatproof.vocabulary.errors import problem

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]
Branch = tuple[str, ...]
"""One value of each level."""
MODES = ("morf", "lerf")
BASELINE = "_BASELINE"
"""The pseudo-method of 2021/22: 25 random maps for each image, on an axis of their own."""


@dataclass(frozen=True)
class Kind:
    """A class of results: its levels in the order of the file, the shape of a leaf, and its modes."""

    levels: tuple[str, ...]
    leaf: str
    """curve: (N, points); one: (N, 1); plain: (N,)"""
    modes: tuple[str, ...] = ()
    better: str = "higher"
    """Which side is the better one, of the mean over a curve; in mode lerf and for deletion see `higher_is_better`."""


_CURVE = ("activation_fn", "masker", "method")
KINDS: dict[str, Kind] = {
    "DeletionResult": Kind(_CURVE, "curve", MODES, "lower"),
    "InsertionResult": Kind(_CURVE, "curve", MODES),
    "SensitivityNResult": Kind(_CURVE, "curve"),
    "InfidelityResult": Kind(("activation_fn", "method", "perturbation_generator"), "one", (), "lower"),
    "MinimalSubsetResult": Kind(("masker", "method"), "one", ("deletion", "insertion"), "lower"),
    "MaxSensitivityResult": Kind(("method",), "plain", (), "lower"),
    "ImpactCoverageResult": Kind(("method",), "plain"),
    "ParameterRandomizationResult": Kind(("method",), "plain", (), "lower"),
}


@dataclass(frozen=True, eq=False)
class MetricResult:
    """Values of one metric for methods and images, under some activations, maskers or perturbations."""

    type: str
    levels: Mapping[str, tuple[str, ...]]
    """Level name -> its values, in the order of the tree."""
    leaves: Mapping[Branch, Array]
    """float64, (N,), (N, 1) or (N, points); NaN where there is no value."""
    mode: str = ""
    baseline: Mapping[Branch, Array] = field(default_factory=dict)
    """Leaves of `_BASELINE`, (N, 25, ..), in files of 2021/22."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What else stands at the root."""

    def __post_init__(self) -> None:
        missing = [path for path in product(*self.levels.values()) if path not in self.leaves]
        shapes = {leaf.shape for leaf in self.leaves.values()}
        if missing or len(shapes) != 1:
            reason = f"{'/'.join(missing[0])} is missing" if missing else f"leaves of shapes {sorted(shapes)}"
            raise problem("HP690", path=self.type, reason=reason)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of every leaf."""
        return next(iter(self.leaves.values())).shape

    @property
    def methods(self) -> tuple[str, ...]:
        """The values of the level `method`."""
        return self.levels["method"]

    @property
    def higher_is_better(self) -> bool | None:
        """Of the mean over a curve, or of the value; None for a class that is not known."""
        kind = KINDS.get(self.type)
        if kind is None:
            return None
        return (kind.better == "higher") != (self.mode == "lerf")

    def ordered(self, levels: Branch) -> MetricResult:
        """The same tree with its levels in another order."""
        places = [tuple(self.levels).index(name) for name in levels]
        leaves = {tuple(path[i] for i in places): leaf for path, leaf in self.leaves.items()}
        chosen = {name: self.levels[name] for name in levels}
        return MetricResult(self.type, chosen, leaves, self.mode, self.baseline, self.attributes)

    def alphabetical(self) -> MetricResult:
        """The order in which attribench writes levels."""
        return self.ordered(tuple(sorted(self.levels)))

    def frame(self) -> pd.DataFrame:
        """One line per value: image, each level, point (of a curve), value."""
        import pandas as pd

        rows = []
        for path, leaf in self.leaves.items():
            named = dict(zip(self.levels, path, strict=True))
            for i, values in enumerate(np.asarray(leaf).reshape(len(leaf), -1)):
                rows += [{"image": i, **named, "point": k, "value": float(v)} for k, v in enumerate(values)]
        return pd.DataFrame(rows, columns=["image", *self.levels, "point", "value"])
