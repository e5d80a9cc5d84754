"""The forms in which PyTorch and Python say that memory ran out."""

from __future__ import annotations

import torch


def is_out_of_memory(error: BaseException | None) -> bool:
    """True when less work at a time may help."""
    text = str(error).lower()
    words = ("can't allocate memory", "out of memory", "not enough memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(w in text for w in words)
