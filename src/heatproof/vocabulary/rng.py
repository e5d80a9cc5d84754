"""Named random streams: the same numbers in any order, company, batch, worker and after any resume."""

from __future__ import annotations

import hashlib
from typing import Literal

import torch
from torch import Tensor

BLOCK = 8
"""Values are drawn in blocks of this many: value i never depends on how many are asked for."""

Distribution = Literal["normal", "uniform"]


def stream(*name: object, device: torch.device | str = "cpu") -> torch.Generator:
    """The random generator that belongs to this name, e.g. (seed, image, purpose, index)."""
    digest = hashlib.blake2b(repr(name).encode(), digest_size=8).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest, "little") >> 1)


def draw(
    name: tuple[object, ...],
    start: int,
    stop: int,
    like: Tensor,
    kind: Distribution = "normal",
    *,
    drawn: torch.dtype = torch.float32,
) -> Tensor:
    """Values start..stop of a stream: N(0, 1) or U[0, 1), each of the shape of `like`, in its type, on its device.

    The type in which they are `drawn` does not follow `like`: every precision sees the same noise.
    """
    make = torch.randn if kind == "normal" else torch.rand
    blocks = [
        make(
            (BLOCK, *like.shape),
            generator=stream(*name, block, device=like.device),
            dtype=drawn,
            device=like.device,
        )
        for block in range(start // BLOCK, -(-stop // BLOCK))
    ]
    first = start - start // BLOCK * BLOCK
    return torch.cat(blocks)[first : first + stop - start].to(like.dtype)
