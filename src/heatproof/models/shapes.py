"""The two shapes of batches: full ones, and small ones for questions of a point or two."""

from __future__ import annotations

import torch
from torch import Tensor

from heatproof.models.memory import is_out_of_memory
from heatproof.models.room import Room


def small(batch: int) -> int:
    """The batch of questions of a point or two. Not one: PyTorch has had wrong gradients for that (docs/limits.md)."""
    return min(batch, max(2, batch // 4))


def steady(room: Room, probe: Tensor, scores: str) -> bool:
    """Does each row of a full probe batch have the same bits in a small one? Then a question can go in either."""
    rows = small(len(probe))
    probe = probe[: len(probe) // rows * rows]
    try:
        whole = _answers(room, probe, scores)
        parts = [_answers(room, part.contiguous(), scores) for part in probe.split(rows)]  # type: ignore[no-untyped-call]
    except Exception as cause:  # no gradient, or a row that the model fails on
        if is_out_of_memory(cause):
            raise
        return False
    return all(same_bits(all_, torch.cat(some)) for all_, some in zip(whole, zip(*parts, strict=True), strict=True))


def same_bits(a: Tensor, b: Tensor) -> bool:
    """Equal, images without an answer included."""
    return torch.equal(a.nan_to_num(), b.nan_to_num())


def _answers(room: Room, z: Tensor, scores: str) -> list[Tensor]:
    targets = torch.zeros(len(z), dtype=torch.long, device=room.device)
    coarse = [room.logits(z, scores)] if scores else []
    return [*room.gradient(z, targets, "logit"), room.logits(z), *coarse]
