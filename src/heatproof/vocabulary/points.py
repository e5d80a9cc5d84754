"""Recipes of inputs: what a formula wants the model to see. They are built only where the model lives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from heatproof.vocabulary.fills import Filled, Filler, Replacement, filler_for
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.masks import Masks
from heatproof.vocabulary.rng import Distribution, draw

Deviation = float | tuple[float, ...]
"""A standard deviation: one number, or one for each channel."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Some points, built: z (k, C, H, W), and for masked points the masks (k, 1 or C, H, W)."""

    z: Tensor
    masks: Tensor | None = None

    @cached_property
    def flat(self) -> Tensor:
        """The points as float64 numbers, one row (C times H times W) for each."""
        return self.z.flatten(1).double()

    @cached_property
    def weights(self) -> Tensor:
        """The masks as float64 numbers, one row (1 or C times H times W) for each point."""
        assert self.masks is not None, "only masked points have masks"
        return self.masks.flatten(1).double()


class Points(ABC):
    """A recipe of inputs around one image. `key` names the recipe without its length.

    Point i of a key never depends on the length: a longer recipe contains every shorter one.
    """

    image: Image
    key: Hashable

    @property
    def few(self) -> bool:
        """Known from the key to be a point or two: such questions go through the model in small batches."""
        return False

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def rows(self, start: int, stop: int) -> Rows:
        """Points start..stop, built on the image's device."""

    def all(self) -> Tensor:
        """Every point (n, C, H, W); only for recipes that are known to be short."""
        return self.rows(0, len(self)).z


@dataclass(frozen=True, eq=False)
class At(Points):
    """The image itself, one point."""

    image: Image
    key: Hashable = "x"

    @property
    def few(self) -> bool:
        return True

    def __len__(self) -> int:
        return 1

    def rows(self, start: int, stop: int) -> Rows:
        return Rows(self.image.x[None].expand(stop - start, -1, -1, -1))


@dataclass(frozen=True, eq=False)
class Cloud(Points):
    """x + sigma e_i with e_i ~ N(0, 1), or U(-1, 1) for `uniform`; centre="zero" leaves x out: sigma e_i."""

    image: Image
    sigma: Deviation
    n: int
    purpose: str = "noise"
    kind: Distribution = "normal"
    centre: str = "x"

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("cloud", self.purpose, self.kind, self.centre, self.image.seed, self.sigma)

    def __len__(self) -> int:
        return self.n

    def rows(self, start: int, stop: int) -> Rows:
        name = (self.image.seed, self.image.id, self.purpose)
        e = draw(name, start, stop, self.image.x, self.kind)
        if self.kind == "uniform":
            e = 2 * e - 1
        e = e * (_per_channel(self.sigma, e) if isinstance(self.sigma, tuple) else self.sigma)
        return Rows(e + self.image.x if self.centre == "x" else e)


@dataclass(frozen=True, eq=False)
class Line(Points):
    """b + a_i (x - b): points on the straight line from a baseline b to x, at the shares a_i."""

    image: Image
    baseline: Filled
    shares: tuple[float, ...]

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("line", self.baseline.key, self.shares)

    def __len__(self) -> int:
        return len(self.shares)

    def rows(self, start: int, stop: int) -> Rows:
        x, b = self.image.x, self.baseline.pixels
        a = torch.tensor(self.shares[start:stop], dtype=x.dtype, device=x.device).view(-1, 1, 1, 1)
        return Rows(b + a * (x - b))


@dataclass(frozen=True, eq=False)
class Masked(Points):
    """x with the pixels of each mask replaced by the fill."""

    image: Image
    masks: Masks
    fill: Replacement = 0.0
    filler: Filler = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "filler", filler_for(self.image, self.fill))

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("masked", self.filler.key, self.masks.key)

    def __len__(self) -> int:
        return len(self.masks)

    def rows(self, start: int, stop: int) -> Rows:
        masks = self.masks.rows(start, stop).to(self.image.x.device)
        return Rows(self.filler.over(self.image.x, masks), masks)


def _per_channel(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(-1, 1, 1)
