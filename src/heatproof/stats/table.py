"""What the verdict is made from: the scores of one model, aligned over its images."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.vocabulary.errors import problem

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class SanityData:
    """What one method's maps keep when the weights of the model are randomized."""

    similarity: Array
    """Per image: signed Spearman correlation of the map with its randomized twin, mean over the cascade's stages."""
    floor: float | None = None
    """Correlation of the map with itself, recomputed with other noise; None where the map has no noise."""


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """Methods x metrics x images of one model; scores that are missing or not finite count as undefined."""

    methods: tuple[str, ...]
    controls: frozenset[str]
    """Those of the methods that never look at the model."""
    metrics: tuple[str, ...]
    better: Mapping[str, str]
    """metric -> "higher", "lower", or "" where neither is better."""
    values: Mapping[tuple[str, str], Array]
    """(method, metric) -> one score per image, NaN where undefined."""
    sanity: Mapping[str, SanityData] = field(default_factory=dict)
    deciding: frozenset[str] | None = None
    """The metrics that decide the overall order (those of faithfulness); None: every metric with a direction."""

    def __post_init__(self) -> None:
        lengths = {values.shape for values in self.values.values()}
        if len(lengths) > 1:
            raise problem("HP410", what=f"scores over different numbers of images: {sorted(lengths)}")
        known = {(method, metric) for method in self.methods for metric in self.metrics}
        if stray := sorted(self.values.keys() - known):
            raise problem("HP410", what=f"scores of {stray[0]}, which is not among its methods and metrics")
        if odd := sorted(set(self.better.values()) - {"higher", "lower", ""}):
            raise problem("HP410", what=f"direction {odd[0]!r}; valid: 'higher', 'lower', ''")

    @property
    def images(self) -> int:
        """Number of images."""
        return next((len(values) for values in self.values.values()), 0)

    @property
    def candidates(self) -> tuple[str, ...]:
        """The methods that are no controls."""
        return tuple(m for m in self.methods if m not in self.controls)

    @property
    def directed(self) -> tuple[str, ...]:
        """The metrics that have a better end."""
        return tuple(m for m in self.metrics if self.better.get(m))

    @property
    def decisive(self) -> tuple[str, ...]:
        """The metrics that decide the overall order."""
        return tuple(m for m in self.directed if self.deciding is None or m in self.deciding)

    @property
    def kind(self) -> str:
        """What to call the metrics that decide, with a space after it."""
        return "" if self.deciding is None else "faithfulness "

    @property
    def random(self) -> str | None:
        """The control named `random`, with or without settings in its label."""
        return next((m for m in self.methods if m in self.controls and re.match(r"\w*", m)[0] == "random"), None)  # type: ignore[index]

    def scores(self, method: str, metric: str) -> Array:
        """One score per image, NaN where undefined."""
        values = self.values.get((method, metric))
        if values is None:
            return np.full(self.images, np.nan)
        return np.where(np.isfinite(values), values, np.nan).astype(np.float64)

    def sign(self, metric: str) -> int:
        """-1 where lower is better, else 1: times a score, higher is better."""
        return -1 if self.better.get(metric) == "lower" else 1
