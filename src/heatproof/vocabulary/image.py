"""What is explained: the pixels of one image, who it is, and facts about it that no model is needed for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


def fingerprint(t: Tensor) -> str:
    """The content of a tensor as a short text: equal exactly when type, shape and values are equal."""
    flat = t.detach().cpu().contiguous()
    digest = hashlib.blake2b(f"{flat.dtype}{tuple(flat.shape)}".encode(), digest_size=16)
    digest.update(flat.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Image:
    """Pixels x (C, H, W); `id` names its random streams, `key` names its content in evaluations."""

    x: Tensor
    id: str
    key: Hashable
    seed: int = 0
    zero: Tensor = field(default_factory=lambda: torch.zeros(1, 1, 1))
    """(C, 1, 1) or (1, 1, 1): the pixel values that the model's own normalisation maps to 0."""
    unit: Tensor = field(default_factory=lambda: torch.ones(1, 1, 1))
    """The size of 1 after that normalisation, in pixel values; 1 where no normalisation is known."""
    _facts: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, x: Tensor, seed: int = 0, normalisation: tuple[Tensor, Tensor] | None = None) -> Image:
        """The image with these pixels, named by their content; its streams are the same in every precision.

        `normalisation` is (zero, unit): what the model's own does to pixels.
        """
        zero, unit = normalisation or (x.new_zeros(1, 1, 1), x.new_ones(1, 1, 1))
        key = fingerprint(x)
        return cls(x, key if x.dtype == torch.float32 else fingerprint(x.float()), key, seed, zero, unit)

    def fact(self, name: Hashable, find: Callable[[], T]) -> T:
        """Something about this image that is worth finding only once: a blurred copy, an order of ties."""
        if name not in self._facts:
            self._facts[name] = find()
        found: T = self._facts[name]
        return found

    def reseeded(self, seed: int) -> Image:
        """The same image with other random streams."""
        return replace(self, seed=seed, _facts={})

    def redrawn(self, draw: int) -> Image:
        """Draw 0 is this image itself; every other one has random streams of its own, apart from those of any seed."""
        return self.reseeded(self.seed + (draw << 32)) if draw else self

    def moved(self, x: Tensor, how: Hashable) -> Image:
        """A neighbour with pixels x, which keeps the random streams of this image (common random numbers)."""
        return replace(self, x=x, key=(self.key, how), _facts={})
