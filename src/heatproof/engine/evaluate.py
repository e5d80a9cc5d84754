"""Puts one micro-batch through the model: always the same shape, padded, and smaller ones when memory runs out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from heatproof.engine.account import Effort
from heatproof.engine.group import GroupKey, Piece
from heatproof.engine.held import join
from heatproof.models.memory import is_out_of_memory
from heatproof.models.room import Room
from heatproof.models.shapes import small
from heatproof.vocabulary.edits import Edit
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.query import Activation, Answer


@dataclass
class Spent:
    """Points evaluated and seconds taken, padding included in the seconds."""

    points: int = 0
    seconds: float = 0.0


class Evaluated(NamedTuple):
    """Answers for the points of a batch, in order: the outputs always, and what else was asked."""

    logits: Tensor
    extra: Answer | None = None


class Evaluator(Protocol):
    """Something that answers batches: a model, or made-up numbers for the plan."""

    def rows(self, key: GroupKey) -> int:
        """Points in a batch of this group: every batch has exactly this shape."""
        ...

    def edited(self, edits: tuple[Edit, ...]) -> AbstractContextManager[None]:
        """The model with these edits, while the context lasts."""
        ...

    def evaluate(self, key: GroupKey, pieces: Sequence[Piece]) -> Evaluated:
        """At most `rows(key)` points through the edited model."""
        ...


class ModelEvaluator:
    """Batches of fixed shapes through a room. Bits may depend on the shape of a batch, never on its company."""

    def __init__(
        self,
        room: Room,
        batch: int,
        shrunk: Callable[[int, int], None] = lambda old, new: None,
        *,
        steady: bool = False,
    ) -> None:
        """With `steady`, bits are the same in both shapes of this batch, so that what is left of one can be small."""
        self.room, self.batch, self._shrunk, self._steady = room, batch, shrunk, steady
        self.spent: dict[Effort, Spent] = {"forwards": Spent(), "gradients": Spent()}

    def rows(self, key: GroupKey) -> int:
        return small(self.batch) if key.few else self.batch

    def edited(self, edits: tuple[Edit, ...]) -> AbstractContextManager[None]:
        return self.room.edited(edits) if edits else nullcontext()

    def evaluate(self, key: GroupKey, pieces: Sequence[Piece]) -> Evaluated:
        rows = torch.cat([p.rows() for p in pieces])
        targets = torch.tensor([p.target for p in pieces for _ in range(p.start, p.stop)], device=self.room.device)
        done: list[Evaluated] = []
        start = 0
        while start < len(rows):
            try:
                shape = self._shape(key, len(rows) - start)
                z, t = rows[start : start + shape], targets[start : start + shape]
                done.append(self._timed(key, z, t, shape))
                start += len(z)
            except (RuntimeError, MemoryError) as error:
                self._shrink(error, key.shape)
        return _joined(done)

    def _shape(self, key: GroupKey, left: int) -> int:
        """Rows of the next batch, when so many points are left."""
        full, few = self.rows(key), small(self.batch)
        return few if self._steady and not key.paired and left <= full - few else full

    def _timed(self, key: GroupKey, z: Tensor, targets: Tensor, shape: int) -> Evaluated:
        began = time.perf_counter()
        done = self._padded(key, z, targets, shape)
        if z.is_cuda:
            torch.cuda.synchronize(z.device)
        spent = self.spent["forwards" if key.kind == "logits" else "gradients"]
        spent.points += len(z)
        spent.seconds += time.perf_counter() - began
        return done

    def _padded(self, key: GroupKey, z: Tensor, targets: Tensor, shape: int) -> Evaluated:
        n = len(z)
        if n < shape:
            z = torch.cat([z, z.new_zeros(shape - n, *z.shape[1:])])
            targets = torch.cat([targets, targets.new_zeros(shape - n)])
        if key.kind == "logits":
            return Evaluated(self.room.logits(z, key.precision)[:n])
        if key.kind == "gradient":
            g, logits = self.room.gradient(z, targets, key.link)
            return Evaluated(logits[:n], g[:n])
        a, g, logits = self.room.layer(z, targets, key.link, key.layer)
        return Evaluated(logits[:n], Activation(a[:n], g[:n]))

    def _shrink(self, error: Exception, shape: tuple[int, ...]) -> None:
        if not is_out_of_memory(error):
            raise error
        if self.batch == 1:
            raise problem("HP220", shape=shape) from error
        self._shrunk(self.batch, self.batch // 2)
        self.batch //= 2
        self._steady = False  # other shapes
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _joined(done: Sequence[Evaluated]) -> Evaluated:
    if len(done) == 1:
        return done[0]
    extras = [e.extra for e in done if e.extra is not None]
    return Evaluated(torch.cat([e.logits for e in done]), join(extras) if extras else None)
