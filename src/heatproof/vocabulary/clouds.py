"""The noise that SmoothGrad, VarGrad, SmoothTaylor and their kin share: same sigma, same image, same points."""

from __future__ import annotations

from torch import Tensor

from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Cloud, Deviation


def around(image: Image, sigma: float, n: int, scale: str) -> Cloud:
    """x + s e_i, i < n, where s is sigma times the unit that `scale` names.

    absolute: 1; range: max(x) - min(x); normalised: what the model's normalisation makes 1, for each channel;
    normalised_range: that times max - min of the normalised image.
    """
    return Cloud(image, deviation(image, sigma, scale), n)


def deviation(image: Image, sigma: float, scale: str) -> Deviation:
    """Sigma in pixel values: one number, or one for each channel where these differ."""
    if scale == "absolute":
        return sigma
    if scale == "range":
        return sigma * image.fact("range", lambda: _range(image.x))
    units = image.fact("units", lambda: image.unit.flatten().tolist())
    spread = image.fact("normalised range", lambda: _range(normalised(image))) if scale == "normalised_range" else 1.0
    each = tuple(sigma * (spread * unit) for unit in units)
    return each if len(set(each)) > 1 else each[0]


def normalised(image: Image) -> Tensor:
    """The image as the network behind the model's normalisation sees it."""
    return (image.x - image.zero.to(image.x)) / image.unit.to(image.x)


def _range(x: Tensor) -> float:
    return float(x.max() - x.min())
