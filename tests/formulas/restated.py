"""What restatements stand on: one image at a time, plain autograd, and the random numbers of the recipes."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor, nn

from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw


@torch.no_grad()
def score(model: nn.Module, z: Tensor, target: int, link: str = "logit") -> float:
    """The score of a class at one point z (C, H, W)."""
    outputs = model(z[None].clone())[0]
    if link == "probability":
        outputs = torch.exp(outputs) / torch.exp(outputs).sum()
    if link == "log_probability":
        outputs = outputs - torch.exp(outputs).sum().log()
    if link == "margin":
        return float(outputs[target] - max(o for k, o in enumerate(outputs) if k != target))
    return float(outputs[target])


def gradient(model: nn.Module, z: Tensor, target: int, link: str = "logit") -> Tensor:
    """The gradient of the logit, or of the probability, of a class at one point z (C, H, W)."""
    z = z[None].detach().clone().requires_grad_()
    outputs = model(z.clone())[0]
    (outputs if link == "logit" else torch.exp(outputs) / torch.exp(outputs).sum())[target].backward()
    assert z.grad is not None
    return z.grad[0]


def noise(x: Tensor, n: int, purpose: str = "noise", seed: int = 0, kind: str = "normal") -> Tensor:
    """The n random arrays that belong to an image."""
    return draw((seed, Image.of(x).id, purpose), 0, n, x, kind)


def fill(x: Tensor, name: str | float, i: int = 0) -> Tensor:
    """What stands where pixels are removed; `i` counts the draws of what is random."""
    if name == "blur":
        sigma = 0.1 * min(x.shape[1:])
        y = x.numpy()
        for axis in (1, 2):
            y = gaussian_filter1d(y, sigma, axis, mode="nearest", radius=max(1, round(3 * sigma)))
        return torch.tensor(y)
    if name == "mean":
        return torch.stack([torch.full_like(channel, channel.mean()) for channel in x])
    if name in ("uniform", "unit_uniform"):
        u = noise(x, i + 1, "uniform fill", kind="uniform")[i]
        return u if name == "unit_uniform" else x.min() + (x.max() - x.min()) * u
    return torch.full_like(x, 0.0 if name == "black" else float(name))


def correlation(a: list[float], b: list[float]) -> float:
    """Pearson correlation."""
    return float(np.corrcoef(a, b)[0, 1])
