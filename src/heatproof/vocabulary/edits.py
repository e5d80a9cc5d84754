"""Edits of a model, as data: they are part of the question, so equal questions to equally edited models are asked once.

The room of a model knows how to carry them out; a formula only names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class Edit:
    """Something done to a model before it is asked. Equal edits are equal, and can be hashed: they stand in keys."""


@dataclass(frozen=True)
class Randomized(Edit):
    """Fresh initial weights for these layers, each by its own initialiser and its own random stream."""

    layers: tuple[str, ...]
    seed: int = 0
    statistics: Literal["keep", "reset"] = "keep"
    """What becomes of the running means and variances of these layers: learned from data, but not by gradients."""


@dataclass(frozen=True)
class Noised(Edit):
    """w + s e for every weight and bias of these layers, e ~ N(0, 1) from a stream of the layer's own.

    s is sigma, or sigma times the standard deviation of the tensor that w belongs to.
    """

    layers: tuple[str, ...]
    sigma: float
    relative: bool = False
    seed: int = 0


@dataclass(frozen=True)
class GuidedReLU(Edit):
    """Backward rule: a ReLU passes back only positive gradients (of the units that were active)."""


@dataclass(frozen=True)
class DeconvReLU(Edit):
    """Backward rule: a ReLU passes back only positive gradients (whether the unit was active or not)."""


@dataclass(frozen=True)
class Rescale(Edit):
    """Backward rule: what is passed back through y = y(x) are multipliers m, sum m (x - r) = y(x) - y(r).

    Points are pairs of x and a reference r, channel upon channel; the answer for a pair is the multipliers at x.
    """


@dataclass(frozen=True)
class Retrained(Edit):
    """The weights of a twin: the same architecture, trained on something else (on "random labels")."""

    twin: str
