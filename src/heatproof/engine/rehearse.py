"""Made-up answers instead of a model: the plan is a dry run of the very same formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from heatproof.engine.evaluate import Evaluated
from heatproof.engine.group import GroupKey, Piece
from heatproof.vocabulary.edits import Edit
from heatproof.vocabulary.query import Activation
from heatproof.vocabulary.rng import stream

SHIFTS = 2**17
"""Answers that are made up before the first comes again."""


class Rehearsal:
    """Answers with noise of the right shapes, on the device and in the type of `like`; no point is ever built."""

    def __init__(self, outputs: int, shapes: dict[str, tuple[int, ...]], batch: int, like: Tensor) -> None:
        self._batch, self._outputs, self._shapes, self._like = batch, outputs, shapes, like
        self._generator, self._calls = stream("rehearsal"), 0
        self._pool = self._like

    def rows(self, key: GroupKey) -> int:
        return self._batch

    def edited(self, edits: tuple[Edit, ...]) -> AbstractContextManager[None]:
        return nullcontext()

    def evaluate(self, key: GroupKey, pieces: Sequence[Piece]) -> Evaluated:
        n = sum(p.stop - p.start for p in pieces)
        logits = self._noise(n, self._outputs)
        if key.kind == "gradient":
            return Evaluated(logits, self._noise(n, *key.shape))
        if key.kind == "layer":
            shape = self._shapes[key.layer]
            return Evaluated(logits, Activation(self._noise(n, *shape), self._noise(n, *shape)))
        return Evaluated(logits)

    def _noise(self, *shape: int) -> Tensor:
        """A stretch of a pool of noise that begins one number later each time: no two answers are alike."""
        wanted = math.prod(shape)
        if len(self._pool) < wanted + SHIFTS:
            self._pool = torch.randn(wanted + SHIFTS, generator=self._generator).to(self._like)
        self._calls += 1
        return self._pool[self._calls % SHIFTS :][:wanted].view(shape)
