"""Sizes of windows and strides: one side, (height, width), or (channels, height, width)."""

from __future__ import annotations

from collections.abc import Sequence

from heatproof.vocabulary.errors import problem


def box_for(
    shape: Sequence[int],
    given: int | Sequence[int] | None,
    setting: str,
    default: int | Sequence[int],
    channels: int | None = None,
) -> tuple[int, int, int]:
    """(channels, height, width) of a window or stride on an image of this shape (C, H, W).

    Without a number of channels in what is given it is `channels`, or all.
    """
    given = default if given is None else given
    sides = (given, given) if isinstance(given, int) else tuple(given)
    if len(sides) == 2:
        sides = (channels or shape[0], *sides)
    fits = len(sides) == 3 and all(isinstance(s, int) and 1 <= s <= d for s, d in zip(sides, shape, strict=True))
    if not fits:
        size = " x ".join(map(str, shape))
        raise problem("HP105", setting=setting, value=given, valid=f"sides from 1 up to the image's ({size})")
    return sides[0], sides[1], sides[2]
