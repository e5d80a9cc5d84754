"""What the pre-flight found of a model, remembered while the model lives and answers as it did then.

A pre-flight costs about ten full batches: next to nothing for a study, and most of what one call of `explain` costs.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from heatproof.models.fold import fold_again, unfold
from heatproof.models.folding import Places
from heatproof.models.preflight import Preflight, fingerprint
from heatproof.models.prepare import channels_last, contiguous
from heatproof.models.room import Room
from heatproof.study.probe import Shrunk, settle

KEPT = 8
"""Shapes, types and batches that are remembered of one model; the oldest goes first."""


@dataclass(frozen=True)
class _Known:
    """Enough to tell whether the model is still the one that was looked at."""

    found: Preflight
    rows: int
    shrunk: Shrunk
    memory_format: torch.memory_format
    places: Places
    """Where it is folded."""
    probe: Tensor
    """(1 or 2, C, H, W)"""
    outputs: Tensor
    """What the model answered for the probe, to the bit."""


_MODELS: WeakKeyDictionary[nn.Module, dict[Hashable, _Known]] = WeakKeyDictionary()


def settled(room: Room, images: Tensor, rows: int, scores: str = "") -> tuple[Preflight, int, Shrunk]:
    """`settle`, or what it found before for this model, this shape of images and this batch.

    Weights, buffers and architecture have to be the same, and two images have to get the same answer, so that a hook
    or a flag that was changed since is noticed. A model that never answers the same is looked at every time.
    """
    remembered = _MODELS.setdefault(room.module, {})
    kind = (
        torch.get_num_threads(),
        room.device,
        room.dtype,
        room.autocast,
        tuple(room.twins),
        fingerprint(room.module),
    )
    key = (tuple(images.shape[1:]), rows, scores, *kind)
    known = remembered.get(key)
    if known and _answers_the_same(room, known):
        room.probabilities = known.found.facts.probabilities
        return known.found, known.rows, [*known.shrunk]
    found, fitting, shrunk = settle(room, images, rows, scores)
    probe = images[:2].detach().to(room.device, room.dtype, copy=True)
    remembered.pop(key, None)
    places = room.folding.places
    with suppress(Exception):  # a model that fails on these two is looked at every time
        remembered[key] = _Known(found, fitting, [*shrunk], room.memory_format, places, probe, room.logits(probe))
    while len(remembered) > KEPT:
        del remembered[next(iter(remembered))]
    return found, fitting, shrunk


def _answers_the_same(room: Room, known: _Known) -> bool:
    """With the weights stored as they were then; a model that has become another is left for a new look."""
    if known.memory_format == torch.channels_last:
        channels_last(room)
    try:
        fold_again(room, known.places)
        same = torch.equal(room.logits(known.probe), known.outputs)
    except Exception:  # whatever it is, the pre-flight meets it again and says it in its own words
        same = False
    if not same:
        unfold(room)
        contiguous(room)
    return same
