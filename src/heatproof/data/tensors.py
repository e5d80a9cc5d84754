"""Images that a person or a plug-in hands over as tensors: checked, and kept apart from the unusable ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from heatproof.data.imageset import ImageSet
from heatproof.data.labels import Classes
from heatproof.vocabulary.errors import problem


def from_tensors(
    images: Any, labels: Any = None, *, name: str = "tensors", classes: Classes = None, prepared: bool = False
) -> ImageSet:
    """An ImageSet of arrays or tensors: images (N, C, H, W), float in [0, 1] or uint8, and whole-number labels (N,).

    `prepared` images are what a model of the user's takes: any channels, any values, normalised already.
    """
    pixels = _pixels(images, name, prepared)
    numbers = None if labels is None else _labels(labels, name)
    ids = tuple(f"{name}-{i:04d}" for i in range(len(pixels)))
    whole = ImageSet(name, pixels, ids, numbers, classes=classes)
    finite = pixels.isfinite().flatten(1).all(1)
    if finite.all():
        return whole
    if not finite.any():
        raise problem("HP616", name=name)
    bad = tuple((ids[i], "holds NaN or infinite pixels") for i in torch.nonzero(~finite).flatten().tolist())
    return whole.take(torch.nonzero(finite).flatten(), skipped=bad)


def _pixels(images: Any, name: str, prepared: bool) -> Tensor:
    """The images as float32."""
    try:
        pixels = torch.as_tensor(images).detach()
    except (TypeError, ValueError, RuntimeError) as error:
        raise problem("HP612", name=name, what=type(images).__name__) from error
    channels = pixels.shape[1] if pixels.ndim == 4 and pixels.numel() else 0
    if not channels or (channels not in (1, 3) and not prepared) or pixels.is_complex():
        kind = "complex numbers of " if pixels.is_complex() else ""
        raise problem("HP612", name=name, what=f"{kind}shape {tuple(pixels.shape)}")
    if pixels.dtype == torch.uint8:
        return pixels.float() / 255
    if not prepared:
        check_range(pixels, name)
    return pixels.float()


def check_range(pixels: Tensor, name: str) -> None:
    """Images for a model that normalises them itself lie in [0, 1]; raises HP613."""
    finite = pixels[pixels.isfinite()]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    if low < 0 or high > 1:
        hint = "divide by 255" if low >= 0 and high > 10 else "undo the normalisation: the model applies it"
        raise problem("HP613", name=name, low=f"{low:.4g}", high=f"{high:.4g}", hint=hint)


def _labels(labels: Any, name: str) -> Tensor:
    """The labels as int64."""
    try:
        numbers = torch.as_tensor(labels)
    except (TypeError, ValueError, RuntimeError) as error:
        raise problem("HP617", name=name, what=type(labels).__name__) from error
    if (
        numbers.ndim != 1
        or numbers.is_floating_point()
        or numbers.is_complex()
        or numbers.dtype == torch.bool
        or (numbers < 0).any()
    ):
        raise problem("HP617", name=name, what=f"{numbers.dtype} of shape {tuple(numbers.shape)}")
    return numbers.long()
