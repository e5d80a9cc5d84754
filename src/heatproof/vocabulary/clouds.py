"""The noise that SmoothGrad, VarGrad, SmoothTaylor and their kin share: same sigma, same image, same points."""

from __future__ import annotations

from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Cloud


def around(image: Image, sigma: float, n: int, relative: bool) -> Cloud:
    """x + s e_i, i < n: s is sigma, or sigma (max x - min x) when relative."""
    spread = float(image.x.max() - image.x.min()) if relative else 1.0
    return Cloud(image, sigma * spread, n)
