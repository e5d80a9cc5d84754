"""Building a network without a trace: fresh modules draw from the global random numbers, which belong to the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")


def quietly(build: Callable[[], T]) -> T:
    """build(), with torch's random state put back as it was."""
    with torch.random.fork_rng(devices=[]):
        return build()
