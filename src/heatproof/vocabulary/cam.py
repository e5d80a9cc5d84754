"""From the channels of one layer to a map of the image: their weighted sum, its positive part, enlarged."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from heatproof.vocabulary.facts import ModelFacts
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.settings import About

Enlargement = Literal["bilinear", "bilinear_corners", "nearest"]
Scaling = Literal["none", "max", "min_max", "min_max_full_size"]

Stage = Annotated[
    Literal["activation", "convolution"],
    About(
        "which layer is looked at when none is named. activation: the last one with the resolution of the last "
        "convolution, so behind its norm, ReLU and residual sum where these are layers; convolution: itself, before"
    ),
]
Rectified = Annotated[bool, About("keep only the positive part of the map (ReLU)")]
Upsampling = Annotated[
    Enlargement,
    About(
        "how the map of a layer is enlarged to the image. bilinear: pixels are squares (align_corners off); "
        "bilinear_corners: the centres of the corner pixels stay in the corners; nearest: pixels are repeated"
    ),
]
Scaled = Annotated[
    Scaling,
    About(
        "none; max: divided by the largest value of the layer's map; min_max: that map to [0, 1]; min_max_full_size: "
        "the enlarged map to [0, 1]. A constant map becomes 0 by the last two"
    ),
]


def layer_for(model: ModelFacts, named: str | None, stage: str) -> str:
    """The layer that is named, or the one that is found at this stage."""
    found = model.last_convolution if stage == "convolution" else model.spatial_layer
    return named or found or ""


def enlarged(maps: Tensor, size: tuple[int, ...], upsampling: Enlargement) -> Tensor:
    """Maps (n, h, w) at the size (H, W) of the image.

    One by one: together their last bits would depend on how many they are.
    """
    how: dict[str, Any] = {"mode": "nearest"}
    if upsampling != "nearest":
        how = {"mode": "bilinear", "align_corners": upsampling == "bilinear_corners"}
    return torch.cat([interpolate(m[None, None], size, **how)[0] for m in maps])


def min_max(maps: Tensor) -> Tensor:
    """Every map (n, h, w) scaled to [0, 1]; a constant one becomes 0."""
    low = maps.amin((1, 2), keepdim=True)
    height = maps.amax((1, 2), keepdim=True) - low
    return (maps - low) / height.where(height > 0, 1)


def shown(cam: Tensor, image: Image, *, relu: bool, upsampling: Enlargement, scaled: Scaling) -> Tensor:
    """The map (h, w) of a layer as a map (C, H, W) of the image, the same in every channel."""
    maps = cam[None].relu() if relu else cam[None]
    if scaled == "max":
        largest = maps.max()
        maps = maps / largest.where(largest > 0, 1)
    if scaled == "min_max":
        maps = min_max(maps)
    maps = enlarged(maps, image.x.shape[1:], upsampling)
    if scaled == "min_max_full_size":
        maps = min_max(maps)
    return maps.expand_as(image.x)
