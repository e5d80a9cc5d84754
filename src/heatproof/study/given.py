"""What callers hand over, checked: images, targets and maps."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor

from heatproof.vocabulary.errors import problem


def given_images(images: object) -> Tensor:
    """Images (N, C, H, W), floating point and finite; raises HP205."""
    if not isinstance(images, Tensor):
        raise problem("HP205", got=f"a {type(images).__name__}")
    kind = str(images.dtype).removeprefix("torch.")
    if images.ndim != 4 or not len(images) or 0 in images.shape or not images.is_floating_point():
        raise problem("HP205", got=f"a {kind} tensor of shape {tuple(images.shape)}")
    bad = torch.nonzero(~torch.isfinite(images).flatten(1).all(1)).flatten().tolist()
    if bad:
        raise problem("HP205", got=f"values that are not finite in image {bad[0]}")
    return images.detach()


def given_targets(target: object, outputs: Tensor) -> list[int]:
    """One class per image: the predicted ones, one for all, or given one by one; raises HP203 or HP204."""
    count, classes = outputs.shape
    if target is None:
        return [int(t) for t in outputs.nan_to_num(-torch.inf).argmax(1)]
    listed = target.reshape(-1 if target.ndim else ()).tolist() if isinstance(target, Tensor | np.ndarray) else target
    chosen: list[Any] = list(listed) if isinstance(listed, list | tuple) else [listed] * count
    if len(chosen) != count:
        raise problem("HP204", images=count, targets=len(chosen))
    for t in chosen:
        if isinstance(t, bool) or not isinstance(t, Integral) or not 0 <= int(t) < classes:
            raise problem("HP203", target=repr(t), outputs=classes, last=classes - 1)
    return [int(t) for t in chosen]


def given_boxes(boxes: Sequence[Tensor] | None, images: int) -> Sequence[Tensor | None]:
    """Boxes (k, 4) of each image, or None for all; raises HP219."""
    if boxes is None:
        return [None] * images
    listed = [torch.as_tensor(b) for b in boxes]
    wrong = [tuple(b.shape) for b in listed if b.ndim != 2 or b.shape[1] != 4]
    if len(listed) != images or wrong:
        got = f"one of shape {wrong[0]}" if wrong else f"{len(listed)} tensors for {images} images"
        raise problem("HP219", got=got)
    return [b.long() for b in listed]


def given_maps(maps: object, images: Tensor) -> Tensor:
    """Maps of the shape of the images, one-channel maps spread over the channels; raises HP206."""
    want = tuple(images.shape)
    if not isinstance(maps, Tensor):
        raise problem("HP206", images=want, got=f"a {type(maps).__name__}")
    shape = tuple(maps.shape)
    if maps.is_complex() or shape not in (want, (want[0], 1, *want[2:])):
        kind = "complex numbers" if maps.is_complex() else f"{shape}"
        raise problem("HP206", images=want, got=kind)
    spread = maps.detach() if shape == want else maps.detach() / want[1]
    return spread.expand(want)
