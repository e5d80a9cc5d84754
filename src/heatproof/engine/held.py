"""The answers that are held for one family of questions: stretches of its index range, and who waits for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor

from heatproof.engine.ranges import Range, joined, missing
from heatproof.vocabulary.query import Activation, Answer

W = TypeVar("W")


@dataclass
class Held(Generic[W]):
    """Answers of one family; `pending` ranges are on their way to the model."""

    pieces: list[tuple[int, int, Answer]] = field(default_factory=list)
    pending: list[Range] = field(default_factory=list)
    waiters: list[tuple[Range, W]] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    """Points at which the model answered with something that is not finite."""
    nbytes: int = 0
    """Memory taken by the answers."""
    _whole: list[Range] = field(default_factory=list)
    """The ranges of `pieces`, those that touch made one."""

    def covers(self, start: int, stop: int) -> bool:
        """True when every answer of the range is here."""
        return any(a <= start and stop <= b for a, b in self._whole)

    def unasked(self, start: int, stop: int) -> list[Range]:
        """What is neither here nor on its way."""
        return missing([*self._whole, *self.pending], start, stop)

    def add(self, start: int, answer: Answer) -> None:
        """Keep the answers for the points from `start` on."""
        stop = start + rows(answer)
        for a, b in missing(self._whole, start, stop):
            self.pieces.append((a, b, cut(answer, a - start, b - start)))
            self.nbytes += size(self.pieces[-1][2])
        self._sort()
        self.pending = [gap for a, b in self.pending for gap in missing([(start, stop)], a, b)]

    def take(self, start: int, stop: int) -> Answer:
        """The answers of a range that is covered."""
        found = [cut(t, max(start, a) - a, min(stop, b) - a) for a, b, t in self.pieces if a < stop and b > start]
        return join(found)

    def served(self) -> list[tuple[Range, W]]:
        """Waiters whose range is complete; they wait no longer."""
        if not self.waiters:
            return []
        ready: list[tuple[Range, W]] = []
        left: list[tuple[Range, W]] = []
        for waiter in self.waiters:
            (ready if self.covers(*waiter[0]) else left).append(waiter)
        self.waiters = left
        return ready

    def fail(self, start: int, stop: int) -> list[W]:
        """These answers will not come: those who wait for one of them, and wait no longer."""
        self.pending = [gap for a, b in self.pending for gap in missing([(start, stop)], a, b)]
        hopeless = [w for w in self.waiters if w[0][0] < stop and w[0][1] > start]
        self.waiters = [w for w in self.waiters if w not in hopeless]
        return [w for _, w in hopeless]

    def forget(self) -> None:
        """Let go of answers that nobody waits for."""
        wanted = [r for r, _ in self.waiters]
        self.pieces = [p for p in self.pieces if any(p[0] < b and p[1] > a for a, b in wanted)]
        self.nbytes = sum(size(answer) for _, _, answer in self.pieces)
        self._sort()

    def _sort(self) -> None:
        if len(self.pieces) > 1:
            self.pieces.sort(key=lambda piece: piece[0])
        self._whole = joined((a, b) for a, b, _ in self.pieces)


def rows(answer: Answer) -> int:
    """Number of points an answer is about."""
    return answer.a.shape[0] if isinstance(answer, Activation) else answer.shape[0]


def cut(answer: Answer, start: int, stop: int) -> Answer:
    """Some of the points of an answer."""
    if start == 0 and stop == rows(answer):
        return answer
    if isinstance(answer, Activation):
        return Activation(answer.a[start:stop], answer.g[start:stop])
    return answer[start:stop]


def join(answers: Sequence[Answer]) -> Answer:
    """One answer out of stretches that follow each other."""
    if len(answers) == 1:
        return answers[0]
    if isinstance(answers[0], Activation):
        pairs = [a for a in answers if isinstance(a, Activation)]
        return Activation(torch.cat([a for a, _ in pairs]), torch.cat([g for _, g in pairs]))
    return torch.cat([a for a in answers if isinstance(a, Tensor)])


def size(answer: Answer) -> int:
    """Bytes of an answer."""
    tensors = [answer.a, answer.g] if isinstance(answer, Activation) else [answer]
    return sum(t.nbytes for t in tensors)
