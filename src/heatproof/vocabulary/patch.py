"""Adversarial patches: pixels which, pasted anywhere, make the model see another class."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.image import Image, fingerprint
from heatproof.vocabulary.points import Points, Rows
from heatproof.vocabulary.rng import draw, stream


@dataclass(frozen=True, eq=False)
class Patch:
    """Pixels (C, p, q) in the range of the images, and the class that they are made to be taken for."""

    pixels: Tensor
    target: int

    @cached_property
    def key(self) -> tuple[str, int]:
        """Equal exactly for patches of equal content."""
        return fingerprint(self.pixels), self.target


@dataclass(frozen=True, eq=False)
class Pasted(Points):
    """x with a patch on it: point i has the next patch in turn, the first being random, at a random place inside."""

    image: Image
    patches: tuple[Patch, ...]
    n: int

    def __post_init__(self) -> None:
        shape = tuple(self.image.x.shape)
        for p in self.patches:
            got = tuple(p.pixels.shape)
            if len(got) != 3 or got[0] != shape[0] or got[1] > shape[1] or got[2] > shape[2]:
                raise problem("HP105", setting="patches", value=f"a patch of shape {got}", valid=f"up to {shape}")

    @property
    def key(self) -> Hashable:  # type: ignore[override]
        return ("pasted", self.image.seed, tuple(p.key for p in self.patches))

    def __len__(self) -> int:
        return self.n

    def rows(self, start: int, stop: int) -> Rows:
        z = self.image.x.repeat(stop - start, 1, 1, 1)
        for i in range(start, stop):
            pixels = self.patch(i).pixels
            top, left = self.place(i)
            z[i - start, :, top : top + pixels.shape[1], left : left + pixels.shape[2]] = pixels.to(z)
        return Rows(z)

    def patch(self, i: int) -> Patch:
        """The patch of point i."""
        first = torch.randint(2**31, (1,), generator=stream(self.image.seed, self.image.id, "first patch"))
        return self.patches[(int(first) + i) % len(self.patches)]

    def place(self, i: int) -> tuple[int, int]:
        """Its top left corner in point i: every place inside the image is as likely."""
        name, like = (self.image.seed, self.image.id, "place of patch"), torch.empty(2, dtype=torch.float64)
        down, across = draw(name, i, i + 1, like, "uniform", drawn=torch.float64)[0].tolist()
        (_, height, width), (_, p, q) = self.image.x.shape, self.patch(i).pixels.shape
        return int(down * (height - p + 1)), int(across * (width - q + 1))

    def covered(self, i: int) -> Tensor:
        """The pixels (H, W) under the patch in point i."""
        (top, left), (_, p, q) = self.place(i), self.patch(i).pixels.shape
        pixels = torch.zeros(self.image.x.shape[1:], dtype=torch.bool, device=self.image.x.device)
        pixels[top : top + p, left : left + q] = True
        return pixels
