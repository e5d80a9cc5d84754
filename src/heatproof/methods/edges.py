"""Control: an edge detector. It looks at the image and never at the model, and still pleases the eye."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score


@method(family="control", control=True)
async def edges(f: Score) -> Tensor:
    """|Sobel(x)| of every channel: sqrt(gx^2 + gy^2)."""
    wide = pad(f.image.x[None], (1, 1, 1, 1), "replicate")[0]
    # Differences come first: where the image is flat they are exactly 0, and so are the edges.
    across, down = wide[:, :, 2:] - wide[:, :, :-2], wide[:, 2:] - wide[:, :-2]
    gx = (across[:, :-2] + 2 * across[:, 1:-1] + across[:, 2:]) / 8
    gy = (down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]) / 8
    return torch.hypot(gx, gy)
