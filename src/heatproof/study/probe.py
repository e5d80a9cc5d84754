"""The pre-flight with a batch that fits into memory, on images that the model answers at all."""

from __future__ import annotations

import torch
from torch import Tensor

from heatproof.models.memory import is_out_of_memory
from heatproof.models.preflight import Preflight, preflight
from heatproof.models.room import Room
from heatproof.vocabulary.errors import HeatproofError, problem

PATIENCE = 8
"""Images that are tried one by one when the model fails on several together."""
Shrunk = list[tuple[int, int]]


def settle(room: Room, images: Tensor, rows: int, scores: str = "") -> tuple[Preflight, int, Shrunk]:
    """What the pre-flight finds, the batch that fits (halved while memory runs out), and the halvings.

    A model that fails on one image shall fail on that image's units, not on the study: where it fails on several
    images together, it is looked at with one of them.
    """
    shrunk: Shrunk = []
    while True:
        try:
            return _preflight(room, images, rows, scores), rows, shrunk
        except Exception as error:
            cause = error.__cause__ if isinstance(error, HeatproofError) else error
            if not isinstance(cause, Exception) or not is_out_of_memory(cause):
                raise
            if rows == 1:
                raise problem("HP220", shape=tuple(images.shape[1:])) from cause
            shrunk.append((rows, rows // 2))
            rows //= 2


def _preflight(room: Room, images: Tensor, rows: int, scores: str) -> Preflight:
    try:
        return preflight(room, probe_of(images, rows), scores)
    except HeatproofError as error:
        if error.code != "HP202" or len(images) < 2 or is_out_of_memory(error.__cause__):
            raise
        for alone in images[:PATIENCE].split(1):  # type: ignore[no-untyped-call]
            try:
                return preflight(room, probe_of(alone, rows), scores)
            except HeatproofError:
                continue
        raise


def probe_of(images: Tensor, rows: int) -> Tensor:
    """A batch of `rows` (at least 2) points: the images, and a mirrored one where there are not enough."""
    several = torch.cat([images[:rows], images[:1].flip(-1)])
    repeats = -(-max(rows, 2) // len(several))
    return several.repeat(repeats, 1, 1, 1)[: max(rows, 2)]
