"""Who asked what: finds what is new in a question, queues it once, and hands answers to everybody who waits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from heatproof.engine.account import Account, Effort
from heatproof.engine.driver import Outcome, Task
from heatproof.engine.evaluate import Evaluated
from heatproof.engine.group import Group, GroupKey, Piece
from heatproof.engine.held import Held, cut, size
from heatproof.engine.memo import RowsMemo
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.query import LOGITS, Answer, Quantity, Query

Family = tuple[object, ...]
Waiting = Held[tuple[Query, Task]]
SHORT = 64
"""Points of a question that are built together, once for the model and for every formula that looks at them."""


@dataclass
class Shares:
    """The questions of all images in flight, and the answers that are held for them."""

    resume: Callable[[Task, Outcome], None]
    account: Account
    memo: RowsMemo
    gradient_brings_logits: bool
    bytes_per_image: int
    """Gradients that nobody waits for are let go beyond this."""
    apart: frozenset[str] = frozenset()
    """Layers whose outputs answer nobody else."""
    steady: bool = False
    """Bits are the same in full and in small batches, so that short and long questions can share one."""
    groups: dict[GroupKey, Group] = field(default_factory=dict)
    _held: dict[int, dict[Family, Waiting]] = field(default_factory=dict)
    _bringing: dict[tuple[object, ...], list[Waiting]] = field(default_factory=dict)
    """Gradients, by the points whose outputs they bring along."""
    _bulk: dict[int, int] = field(default_factory=dict)
    """Bytes of gradients held for each image, or a little more."""
    _clock: int = 0

    def ask(self, query: Query, task: Task) -> None:
        """Take a question; the task is resumed when all of its answers are there."""
        held = self._family(task.owner, query.family)
        new = self._new(held, query, task.owner)
        effort: Effort = "forwards" if query.quantity.kind == "logits" else "gradients"
        self.account.note(query.origin, effort, query.stop - query.start, sum(b - a for a, b in new))
        self._wait(held, query, task, new)
        if not new:
            self._serve(held)

    def deliver(self, pieces: list[Piece], done: Evaluated) -> None:
        """Spread the answers of a batch over the families they belong to."""
        answers: Answer = done.logits if done.extra is None else done.extra
        unanswered = _broken_rows(done.logits)
        broken = unanswered if done.extra is None else unanswered | _broken_rows(done.extra)
        at = 0
        for piece in pieces:
            stop, moved = at + piece.stop - piece.start, piece.start - at
            held = self._family(piece.owner, piece.family)
            if broken:
                held.broken |= {moved + i for i in broken if at <= i < stop}
            answer = cut(answers, at, stop)
            held.add(piece.start, answer)
            self._serve(held)
            if done.extra is not None:
                lost = {moved + i for i in unanswered if at <= i < stop}
                self._bring(piece, cut(done.logits, at, stop), lost)
                self._weigh(piece.owner, size(answer))
            at = stop

    def drop(self, owner: int) -> None:
        """Forget everything that was held for a finished image."""
        for family in self._held.pop(owner, {}):
            self._bringing.pop((owner, *_base(family)), None)
        self._bulk.pop(owner, None)
        self.memo.drop(owner)

    def fail(self, piece: Piece, error: Exception) -> None:
        """The model could not answer these points: whoever waits for one of them hears why, and nobody else."""
        held = self._family(piece.owner, piece.family)
        for _, task in held.fail(piece.start, piece.stop):
            self.resume(task, Outcome(error=error))
        image, edits, _, key = piece.family
        if not self._brings(piece.family):
            return
        # Outputs that this gradient would have brought along may well exist without it.
        brought = self._family(piece.owner, (image, edits, LOGITS, key))
        for query, task in brought.fail(piece.start, piece.stop):
            self._wait(brought, query, task, self._new(brought, query, piece.owner))

    def _bring(self, piece: Piece, logits: Answer, lost: set[int]) -> None:
        """The outputs that came along with gradients."""
        if self._brings(piece.family):
            image, edits, _, key = piece.family
            brought = self._family(piece.owner, (image, edits, LOGITS, key))
            brought.broken |= lost
            brought.add(piece.start, logits)
            self._serve(brought)

    def _weigh(self, owner: int, more: int) -> None:
        """Keep count of the bytes of gradients, and let go of some when they are too many."""
        self._bulk[owner] = self._bulk.get(owner, 0) + more
        if self._bulk[owner] > self.bytes_per_image:
            self._trim(owner)

    def _serve(self, held: Waiting) -> None:
        for (start, stop), (query, task) in held.served():
            if held.broken and any(start <= i < stop for i in held.broken):
                self.resume(task, Outcome(error=Undefined("the model answers with NaN or infinity here")))
                continue
            build = self.memo.builder(task.owner, query)
            self.resume(task, Outcome((held.take(start, stop), build)))

    def _new(self, held: Waiting, query: Query, owner: int) -> list[tuple[int, int]]:
        new = held.unasked(query.start, query.stop)
        if not new or query.quantity != LOGITS or not self.gradient_brings_logits:
            return new
        # A gradient of the same points that is on its way brings these logits along.
        for other in self._bringing.get((owner, *_base(query.family)), ()):
            held.pending += [r for r in other.pending if r not in held.pending]
        return held.unasked(query.start, query.stop)

    def _wait(self, held: Waiting, query: Query, task: Task, new: list[tuple[int, int]]) -> None:
        held.waiters.append(((query.start, query.stop), (query, task)))
        held.pending += new
        self._queue(query, task.owner, new)

    def _queue(self, query: Query, owner: int, new: list[tuple[int, int]]) -> None:
        if not new:
            return
        key = GroupKey.of(query, steady=self.steady)
        group = self.groups.get(key) or self.groups.setdefault(key, Group(key))
        if not group.pieces:
            self._clock += 1
            group.born = self._clock
        short = query.stop - query.start <= SHORT
        asked = (query.start, self.memo.builder(owner, query)) if short else None
        for a, b in new:
            group.add(Piece(owner, query.family, query.points, query.quantity.target, a, b, asked))

    def _family(self, owner: int, family: Family) -> Waiting:
        mine = self._held.setdefault(owner, {})
        if family not in mine:
            mine[family] = Held()
            if self._brings(family):
                self._bringing.setdefault((owner, *_base(family)), []).append(mine[family])
        return mine[family]

    def _brings(self, family: Family) -> bool:
        """Do the outputs that come along have the bits of a forward? Then they answer for it."""
        if not _bulky(family) or not self.gradient_brings_logits:
            return False
        return family[2].layer not in self.apart  # type: ignore[attr-defined]

    def _trim(self, owner: int) -> None:
        """Let go of the oldest gradients that nobody waits for, until the rest fits."""
        bulky = [h for f, h in self._held[owner].items() if _bulky(f)]
        self._bulk[owner] = sum(h.nbytes for h in bulky)
        for held in bulky:
            if self._bulk[owner] <= self.bytes_per_image:
                return
            before = held.nbytes
            held.forget()
            self._bulk[owner] -= before - held.nbytes


def _bulky(family: Family) -> bool:
    """Gradients and layers."""
    return isinstance(family[2], Quantity) and family[2].kind != "logits"


def _base(family: Family) -> tuple[object, object, object]:
    image, edits, _, points = family
    return (image, edits, points)


def _broken_rows(answer: Answer) -> set[int]:
    tensors = answer if isinstance(answer, tuple) else (answer,)
    bad: set[int] = set()
    for t in tensors:
        if math.isfinite(t.sum()):  # one that is not makes the sum so, too
            continue
        finite = torch.isfinite(t).flatten(1).all(1)
        if not finite.all():
            bad |= set(torch.nonzero(~finite).flatten().tolist())
    return bad
