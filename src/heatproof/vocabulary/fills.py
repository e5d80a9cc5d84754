"""What stands where evidence is taken away: a number, the image's mean, a blurred copy, noise, or given pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import torch
from torch import Tensor

from heatproof.vocabulary.blurs import blurred, blurred_into, boxed
from heatproof.vocabulary.errors import nearest, problem
from heatproof.vocabulary.image import Image, fingerprint
from heatproof.vocabulary.imputation import imputed
from heatproof.vocabulary.rng import draw

Name = Literal["black", "zero", "mean", "blur", "narrow_blur", "box_blur", "noise", "uniform", "unit_uniform"]
NAMES: tuple[str, ...] = get_args(Name)
DRAWN = ("noise", "uniform", "unit_uniform")
"""Those that are random numbers."""
Fill = float | Name | Sequence[Any] | Tensor
"""A number, one of NAMES, or the pixels themselves as (C, H, W) lists or a tensor."""
Replacement = Fill | Literal["neighbours"]
"""The same, or what the pixels around a hole say: that depends on the hole, and so it is no baseline of an image."""

BLUR = 0.1
"""Standard deviation of `blur`, as a share of the shorter side of the image."""
BOX = 0.5
"""Side of `box_blur`, as a share of the width of the image."""
IMPUTATION_NOISE = 0.01
"""Standard deviation of what is added to imputed pixels, in units of the model's normalisation."""


class Filler(Protocol):
    """Puts something in place of removed pixels; `key` is its name in keys."""

    @property
    def key(self) -> Hashable: ...

    def over(self, x: Tensor, masks: Tensor) -> Tensor:
        """x (C, H, W) without the pixels of each mask (k, 1 or C, H, W): (k, C, H, W)."""
        ...


@dataclass(frozen=True, eq=False)
class Filled:
    """Pixels (C, H, W) to put in place of removed ones, and their name in keys."""

    key: Hashable
    pixels: Tensor

    def over(self, x: Tensor, masks: Tensor) -> Tensor:
        # The way from x to the pixels, exact at both of its ends: choosing by a mask that no processor can foresee
        # takes up to seven times as long.
        return torch.lerp(x, self.pixels, masks.to(x.dtype))


@dataclass(frozen=True, eq=False)
class Imputed:
    """Each removed pixel is the weighted mean of its neighbours, and a little noise (C, H, W)."""

    key: Hashable
    noise: Tensor

    def over(self, x: Tensor, masks: Tensor) -> Tensor:
        return torch.where(masks, torch.stack([imputed(x, mask) for mask in masks]) + self.noise, x)


def filler_for(image: Image, fill: Replacement) -> Filler:
    """What this fill puts where pixels of this image are removed."""
    if not (isinstance(fill, str) and fill == "neighbours"):
        return fill_for(image, fill)
    return Imputed((fill, image.seed), IMPUTATION_NOISE * _drawn(image, "imputation") * _of(image, image.unit))


def fill_for(image: Image, fill: Fill) -> Filled:
    """The pixels that this fill means for this image, the same whatever is removed.

    black: 0; zero: what the model's normalisation maps to 0; mean: the image's mean of each channel; blur: a Gaussian
    of a tenth of the shorter side; narrow_blur: one of 5 pixels, `zero` beyond the edges; box_blur: a box of half the
    width; noise: N(0, 1) after normalisation; uniform: U(min x, max x); unit_uniform: U(0, 1).
    """
    if isinstance(fill, str):
        return _named(image, fill)
    if isinstance(fill, bool) or not isinstance(fill, int | float | Tensor | Sequence):
        raise problem("HP105", setting="fill", value=fill, valid="a number, pixels (C, H, W), or " + ", ".join(NAMES))
    if isinstance(fill, int | float) and math.isfinite(fill):
        return Filled(float(fill), image.fact(("fill", float(fill)), lambda: torch.full_like(image.x, fill)))
    given = torch.as_tensor(fill, dtype=image.x.dtype, device=image.x.device)
    if not torch.isfinite(given).all():
        raise problem("HP105", setting="fill", value="a value that is not finite", valid="finite numbers")
    try:
        pixels = given.expand(image.x.shape)
    except RuntimeError:
        raise problem(
            "HP105",
            setting="fill",
            value=f"pixels of shape {tuple(given.shape)}",
            valid=f"the shape of the image, {tuple(image.x.shape)}",
        ) from None
    return Filled(float(given) if given.ndim == 0 else fingerprint(given), pixels)


def fills_for(image: Image, fill: Fill, n: int) -> Iterator[Filled]:
    """The fill, and n - 1 further draws of it where it is drawn at random; draw i does not depend on n."""
    if n > 1 and not (isinstance(fill, str) and fill in DRAWN):
        valid = f"1, as a fill that is not drawn at random ({', '.join(DRAWN)}) is always the same"
        raise problem("HP105", setting="baselines", value=n, valid=valid)
    yield fill_for(image, fill)
    for i in range(1, n):
        yield Filled((fill, image.seed, i), _NOISE[str(fill)](image, i))


def _named(image: Image, name: str) -> Filled:
    if name not in NAMES:
        raise problem("HP105", setting="fill", value=repr(name), valid=", ".join(NAMES) + nearest(name, NAMES))
    if name == "black" or (name == "zero" and not image.zero.any()):
        return fill_for(image, 0.0)
    if name in DRAWN:
        key = (name, image.seed)
        return Filled(key, image.fact(("fill", key), lambda: _NOISE[name](image, 0)))
    return Filled(name, image.fact(("fill", name), lambda: _FOUND[name](image)))


def _uniform(image: Image, i: int) -> Tensor:
    low, high = image.x.min(), image.x.max()
    return low + (high - low) * _unit_uniform(image, i)


def _unit_uniform(image: Image, i: int) -> Tensor:
    return draw((image.seed, image.id, "uniform fill"), i, i + 1, image.x, "uniform")[0]


def _drawn(image: Image, purpose: str, i: int = 0) -> Tensor:
    return draw((image.seed, image.id, purpose), i, i + 1, image.x)[0]


def _of(image: Image, colour: Tensor) -> Tensor:
    """A colour (C or 1, 1, 1) at the size of the image, in its type and place."""
    return colour.to(image.x).expand_as(image.x)


_FOUND: dict[str, Callable[[Image], Tensor]] = {
    "zero": lambda image: _of(image, image.zero),
    "mean": lambda image: image.x.mean((1, 2), keepdim=True).expand_as(image.x),
    "blur": lambda image: blurred(image.x, BLUR * min(image.x.shape[1:])),
    "narrow_blur": lambda image: blurred_into(image.x, image.zero.to(image.x), 5.0, 5),
    "box_blur": lambda image: boxed(image.x, max(1, int(BOX * image.x.shape[2]))),
}
_NOISE: dict[str, Callable[[Image, int], Tensor]] = {
    "noise": lambda image, i: _of(image, image.zero) + _of(image, image.unit) * _drawn(image, "noise fill", i),
    "uniform": _uniform,
    "unit_uniform": _unit_uniform,
}
