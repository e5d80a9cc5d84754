"""Control: an edge detector. It looks at the image and never at the model, and still pleases the eye."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score


@method(family="control", control=True)
async def edges(f: Score) -> Tensor:
    """|Sobel(x)| of every channel: sqrt(gx^2 + gy^2)."""
    x = f.image.x
    sobel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]], dtype=x.dtype, device=x.device) / 8
    kernels = torch.stack([sobel, sobel.T])[:, None]
    g = conv2d(pad(x[:, None], (1, 1, 1, 1), "replicate"), kernels)
    return g.square().sum(1).sqrt()
