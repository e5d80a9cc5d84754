"""Occlusion: how far the score falls when a window of the image is covered."""

from typing import Annotated, Literal

import numpy as np
import torch
from torch import Tensor

from heatproof.vocabulary.boxes import box_for
from heatproof.vocabulary.masks import Windows
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Baseline, Box, LinkChoice


@method(
    family="perturbation",
    axioms=("linearity", "implementation invariance"),
    paper=Paper(
        "Zeiler, Matthew D. and Fergus, Rob",
        "Visualizing and Understanding Convolutional Networks",
        2014,
        "ECCV",
        "arXiv:1311.2901",
    ),
    presets={
        "captum": {"stride": 1, "baseline": "zero"},
        "latec": {"window": 50, "stride": 25, "baseline": "zero"},
        "sam": {
            "window": 50,
            "stride": 3,
            "baseline": "zero",
            "edge": "inside",
            "cells": "windows",
            "link": "probability",
        },
    },
)
async def occlusion(
    f: Score,
    *,
    window: Box = None,
    stride: Box = None,
    baseline: Baseline = 0.0,
    edge: Annotated[
        Literal["overhang", "inside"], About("whether the last windows may hang over the far edges of the image")
    ] = "overhang",
    cells: Annotated[
        Literal["pixels", "windows"],
        About(
            "pixels: each gets the mean of the windows that cover it; windows: each is one cell of a smaller map, "
            "which a spline of degree 5 enlarges to the image, between its lowest and highest value"
        ),
    ] = "pixels",
    link: LinkChoice = "logit",
) -> Tensor:
    """mean over the windows w that cover a value of f(x) - f(x without w); 0 where no window comes.

    Windows start at (0, 0) and step by the stride; the last ones may hang over the edge. Left out, the window is a
    seventh of the image's side and the stride half a window.
    """
    x, f = f.image.x, f.linked_by(link)
    size = box_for(x.shape, window, "window", default=max(1, min(x.shape[1:]) // 7))
    # A window over one channel of three also moves from channel to channel.
    half = (size[0], max(1, size[1] // 2), max(1, size[2] // 2))
    step = box_for(x.shape, stride, "stride", default=half, channels=size[0])
    windows = Windows(tuple(x.shape), size, step, inside=edge == "inside")
    fx, drops = await f(f.x).one(), []
    total = torch.zeros_like(x, dtype=torch.float64)
    async for part in f(Masked(f.image, windows, baseline)):
        drops.append(fx - part.value)
        if cells == "pixels":
            total += (drops[-1].double() @ part.weights).view_as(x)
    if cells == "windows":
        return _enlarged(torch.cat(drops).view(windows.grid), x)
    return (total / windows.covering().to(x.device).clamp_min(1)).to(x.dtype)


def _enlarged(small: Tensor, like: Tensor) -> Tensor:
    """One value for each window (c, h, w) at the size (H, W) of the image; one layer of windows is for all channels."""
    from skimage.transform import resize

    size = like.shape[1:]
    maps = np.stack([resize(layer, size, order=5, mode="reflect") for layer in small.double().cpu().numpy()])
    found = torch.from_numpy(maps).to(like)
    return (found if len(found) == len(like) else found.mean(0, keepdim=True)).expand_as(like)
