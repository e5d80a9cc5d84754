"""The multipliers of pairs: two forwards in step and one backward, and the check that nothing was lost."""

from __future__ import annotations

from collections import deque

import torch
from torch import Tensor

from heatproof.models.rescale.walk import ImageWalk, ReferenceWalk, Tape, Walk
from heatproof.models.room import Room
from heatproof.models.unwrap import unwrap
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.links import Link, linked

TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-3}
"""How far the sum may be from the change of the score, as a share of the change."""
COARSE = 0.05
"""The same for types of 16 bits."""
ROUNDING = 16
"""Units of the last place that may be lost besides: of the scores, and of the parts that cancel each other."""


def multipliers(room: Room, pairs: Tensor, targets: Tensor, link: Link) -> tuple[Tensor, Tensor]:
    """m (n, C, H, W) with sum m (x - r) = f(x) - f(r), for pairs (n, 2C, H, W) of x and r, and outputs at x (n, K).

    Raises Undefined when they do not add up.
    """
    # A pair takes the memory of two points: half of the batch goes first, then a half of the same shape. Never one
    # pair alone: torch's batch norm gives wrong gradients for a single image when they come in channels-last order.
    n, half = len(pairs), max(2, -(-len(pairs) // 2))
    rows = torch.arange(-(-n // half) * half, device=pairs.device).clamp_max(n - 1).view(-1, half)
    found = [_half(room, pairs[some], targets[some], link) for some in rows]
    m, outputs = (torch.cat(parts)[:n] for parts in zip(*found, strict=True))
    return m, outputs


def _half(room: Room, pairs: Tensor, targets: Tensor, link: Link) -> tuple[Tensor, Tensor]:
    x, r = (part.detach().clone().requires_grad_() for part in pairs.chunk(2, 1))
    tape: Tape = deque()
    with torch.enable_grad():
        _, f_r = _scores(room, r, targets, link, ReferenceWalk(tape))
        outputs, f_x = _scores(room, x, targets, link, ImageWalk(tape))
        (m,) = torch.autograd.grad(f_x.sum(), x)
    _check(m * (x - r).detach(), f_x.detach(), f_r.detach())
    return m.contiguous(), outputs.detach()


def _scores(room: Room, z: Tensor, targets: Tensor, link: Link, walk: Walk) -> tuple[Tensor, Tensor]:
    # Never in bfloat16 as gradients may be: a difference of activations would have two digits left.
    with walk:
        outputs = unwrap(room.module(z.clone(memory_format=room.memory_format)), len(z))
        return outputs, linked(outputs, targets, link, probabilities=room.probabilities)


def _check(parts: Tensor, f_x: Tensor, f_r: Tensor) -> None:
    parts = parts.flatten(1).double()
    change, total = (f_x - f_r).double(), parts.sum(1)
    size = f_x.abs() + f_r.abs() + parts.abs().sum(1)
    limit = TOLERANCE.get(f_x.dtype, COARSE) * change.abs() + ROUNDING * torch.finfo(f_x.dtype).eps * size
    wrong = torch.nonzero((total - change).abs() > limit).flatten().tolist()
    if wrong:
        i = wrong[0]
        numbers = f"{float(total[i]):.6g} instead of {float(change[i]):.6g}"
        raise Undefined(f"the map would sum to {numbers}: the model does something that the rescale rule cannot follow")
