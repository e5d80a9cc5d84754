"""Python's search for garbage in cycles, kept away from what is alive for a whole run: a fifth of its own work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 5_000
"""New objects between two searches: coroutines come and go in such numbers with every batch."""


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
