"""Occlusion: how far the score falls when a window of the image is covered."""

import torch
from torch import Tensor

from heatproof.vocabulary.boxes import box_for
from heatproof.vocabulary.masks import Windows
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Baseline, Box


@method(
    family="perturbation",
    paper=Paper(
        "Zeiler, Matthew D. and Fergus, Rob",
        "Visualizing and Understanding Convolutional Networks",
        2014,
        "ECCV",
        "arXiv:1311.2901",
    ),
)
async def occlusion(f: Score, *, window: Box = None, stride: Box = None, baseline: Baseline = 0.0) -> Tensor:
    """mean over the windows w that cover a value of f(x) - f(x without w); 0 where no window comes.

    Windows start at (0, 0) and step by the stride; the last ones may hang over the edge. Left out, the window is a
    seventh of the image's side and the stride half a window.
    """
    x = f.image.x
    size = box_for(x.shape, window, "window", default=max(1, min(x.shape[1:]) // 7))
    # A window over one channel of three also moves from channel to channel.
    half = (size[0], max(1, size[1] // 2), max(1, size[2] // 2))
    step = box_for(x.shape, stride, "stride", default=half, channels=size[0])
    fx = await f(f.x).one()
    total, count = torch.zeros_like(x, dtype=torch.float64), torch.zeros_like(x, dtype=torch.float64)
    async for part in f(Masked(f.image, Windows(tuple(x.shape), size, step), baseline)):
        covered = part.masks.to(x.dtype)
        total += torch.einsum("n,nchw->chw", fx - part.value, covered)
        count += covered.sum(0)
    return (total / count.clamp_min(1)).to(x.dtype)
