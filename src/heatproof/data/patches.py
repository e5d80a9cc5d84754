"""Adversarial patches in a .safetensors file: the class of each, and its pixels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.files import write_whole
from heatproof.vocabulary.patch import Patch


def write_patches(path: Path, patches: Sequence[Patch], about: Mapping[str, Any] | None = None) -> None:
    """`targets` (K,) int64 and `patch-0000`, .. (C, p, q) float32; `about` says as JSON how they were made."""
    content = {_name(i): p.pixels.detach().float().cpu().contiguous() for i, p in enumerate(patches)}
    targets = torch.tensor([p.target for p in patches], dtype=torch.int64)
    note = None if about is None else {"heatproof": json.dumps(about)}
    write_whole(path, save({"targets": targets, **content}, note))


def read_patches(path: Path) -> tuple[Patch, ...]:
    """The patches of a file; raises HP634."""
    try:
        content = load_file(path)
    except (OSError, SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise problem("HP634", path=path, reason=f"cannot be read: {reason}") from error
    targets = content.get("targets")
    if targets is None or targets.ndim != 1 or targets.dtype != torch.int64 or not len(targets) or targets.min() < 0:
        raise problem("HP634", path=path, reason="has no `targets`, the classes of its patches as whole numbers")
    return tuple(Patch(_pixels(path, content, i), int(target)) for i, target in enumerate(targets))


def _pixels(path: Path, content: Mapping[str, Tensor], i: int) -> Tensor:
    pixels = content.get(_name(i))
    if pixels is None:
        raise problem("HP634", path=path, reason=f"has no {_name(i)}, the pixels of one of its patches")
    if pixels.ndim != 3 or not pixels.numel() or not pixels.is_floating_point() or not pixels.isfinite().all():
        kind = str(pixels.dtype).removeprefix("torch.")
        got = f"{kind} of shape {tuple(pixels.shape)}" if pixels.is_floating_point() else kind
        raise problem("HP634", path=path, reason=f"holds {_name(i)} as {got}; wanted finite numbers (C, p, q)")
    return pixels.float()


def _name(i: int) -> str:
    return f"patch-{i:04d}"
