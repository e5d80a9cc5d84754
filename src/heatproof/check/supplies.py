"""What a formula is tried with: images, maps, what comes with the data, and settings that cost little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import torch
from torch import Tensor, nn

from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.patch import Patch
from heatproof.vocabulary.rng import stream
from heatproof.vocabulary.settings import About

CHEAP: dict[str, Any] = {"failed": "keep", "sigma": (0.3,)}  # no patch fools these networks
"""Setting -> a value that costs little, for settings that take it; the rule of `cheap` finds the others."""
EXPLAINERS: tuple[tuple[str, dict[str, Any]], ...] = (("gradient", {}), ("smoothgrad", {"n": 4}))
"""What metrics that explain again explain with: the first method with which they have a value."""


def about(kind: Any) -> About:
    """What stands in the annotation of settings of this type."""
    found: About = get_args(kind)[1]
    return found


def pictures(n: int = 4, channels: int = 3, side: int | tuple[int, int] = 8, seed: int = 1) -> Tensor:
    """Images in [0, 1], the same at every call; the first k of n are the k alone."""
    height, width = (side, side) if isinstance(side, int) else side
    generator = stream("pictures", seed)
    return torch.stack(
        [torch.rand(channels, height, width, generator=generator, dtype=torch.float32) for _ in range(n)]
    )


def maps_of(x: Tensor) -> Tensor:
    """A map of every image that depends on that image only."""
    return (x * 37).sin() + x - 0.4


def cheap(formula: Formula) -> dict[str, Any]:
    """Settings with little work: whole numbers that count something are cut down, within their range."""
    found = {}
    for name, setting in formula.settings.items():
        low = int(setting.about.low) if setting.about and setting.about.low > 0 else 0
        if name in CHEAP and not setting.complaint(CHEAP[name]):
            found[name] = CHEAP[name]
        elif type(setting.default) is int and setting.default > 3:
            found[name] = max(low, 9 if setting.default >= 20 else 3)
    return found


def extras(formula: Formula, x: Tensor, seed: int = 9) -> dict[str, Any]:
    """Ingredients that come with the data, made up for these images (N, C, H, W)."""
    channels, height, width = x.shape[1:]
    made: dict[str, Callable[[], Any]] = {
        "reference": lambda: pictures(12, channels, (height, width), seed).to(x.dtype),
        "boxes": lambda: [_box(height, width)] * len(x),
        "patches": lambda: [
            Patch(pictures(1, channels, min(3, height, width), seed + k).to(x.dtype)[0], k) for k in range(2)
        ],
    }
    return {name: made[name]() for name in formula.extras}


def _box(height: int, width: int) -> Tensor:
    """The upper left three quarters of each side."""
    return torch.tensor([[0, 0, max(1, 3 * height // 4), max(1, 3 * width // 4)]])


def twin_of(net: nn.Module) -> dict[str, Tensor]:
    """Other weights of the same architecture, as if it had been trained on something else; statistics stay."""
    generator, learned = stream("twin"), {name for name, _ in net.named_parameters()}
    state = {name: values.detach() for name, values in net.state_dict().items()}
    return {name: _shaken(t, generator) if name in learned else t for name, t in state.items()}


def _shaken(t: Tensor, generator: torch.Generator) -> Tensor:
    return t + 0.5 * t.abs() * torch.randn(t.shape, generator=generator, dtype=torch.float32).to(t.dtype)
