"""Memory between two batches: what is alive is not searched for garbage, and what was freed is not given back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 5_000
"""New objects between two searches: coroutines come and go in such numbers with every batch."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_MOST = 32 * 2**20
"""The largest block that the C library can be told to keep."""


def kept_heap() -> None:
    """Freed memory stays with this process, for good: else every batch has its pages handed out and cleared again.

    For processes of our own only, and only where the C library is GNU's.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "gnu_get_libc_version"):
        libc.mallopt(_M_MMAP_THRESHOLD, _MOST)
        libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


@contextmanager
def settled_heap() -> Iterator[None]:
    """What is alive now (modules, the model, the images) is not searched again and again while the context lasts.

    Garbage that the run itself makes is found as before. A caller who has frozen objects keeps them frozen.
    """
    thresholds, theirs = gc.get_threshold(), gc.get_freeze_count()
    if not theirs:
        gc.freeze()
    if gc.isenabled():
        gc.set_threshold(max(YOUNG, thresholds[0]), *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if not theirs:
            gc.unfreeze()
