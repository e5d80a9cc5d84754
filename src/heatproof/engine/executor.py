"""Runs the work of many images side by side: full batches first, and a padded one only when nobody can go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from heatproof.engine.account import Account
from heatproof.engine.driver import Driver, Job, Outcome
from heatproof.engine.evaluate import Evaluator
from heatproof.engine.group import Group, GroupKey, Piece
from heatproof.engine.heap import settled_heap
from heatproof.engine.memo import RowsMemo
from heatproof.engine.share import Shares
from heatproof.vocabulary.errors import HeatproofError


@dataclass
class Executor:
    """One model's evaluations. `window` images are in flight at once; what is held for each is bounded."""

    evaluator: Evaluator
    gradient_brings_logits: bool = True
    apart: frozenset[str] = frozenset()
    """Layers whose outputs have other bits than those of plain forwards."""
    steady: bool = False
    """Bits are the same in full and in small batches."""
    window: int = 16
    bytes_per_image: int = 64 * 2**20
    bytes_of_points: int = 192 * 2**20
    account: Account = field(default_factory=Account)
    tick: Callable[[], None] = lambda: None
    """Called after every batch: to commit results and to show progress."""

    def run(self, jobs: Iterable[Job]) -> list[Outcome]:
        """Run one coroutine per image to its end; an error of one does not touch the others."""
        with settled_heap():
            return self._run(jobs)

    def _run(self, jobs: Iterable[Job]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        memo, rides = RowsMemo(self.bytes_of_points), self.gradient_brings_logits
        shares = Shares(self._resume, self.account, memo, rides, self.bytes_per_image, self.apart, self.steady)
        self._driver = Driver(shares.ask)
        waiting = enumerate(jobs)
        started = 0
        try:
            while True:
                admitted = self._admit(waiting, outcomes, shares, self.window - (started - len(outcomes)))
                started += admitted
                self._driver.advance()
                if not admitted:  # else some may have ended at once and made room for others
                    if len(outcomes) == started:
                        break
                    group = _next(shares, self.evaluator.rows)
                    assert group, "coroutines wait for answers that nobody queued"
                    self._evaluate(shares, group)
                    self._driver.advance()
                self.tick()
        finally:
            self._driver.close()
        return [outcomes[i] for i in range(started)]

    def _resume(self, task: object, outcome: Outcome) -> None:
        self._driver.resume(task, outcome)  # type: ignore[arg-type]

    def _admit(
        self, waiting: Iterator[tuple[int, Job]], outcomes: dict[int, Outcome], shares: Shares, free: int
    ) -> int:
        admitted = 0
        while admitted < free and (item := next(waiting, None)):
            owner, job = item

            def done(outcome: Outcome, owner: int = owner) -> None:
                outcomes[owner] = outcome
                shares.drop(owner)

            self._driver.start(job, owner, done)
            admitted += 1
        return admitted

    def _evaluate(self, shares: Shares, group: Group) -> None:
        """All full batches of a group while its edits are in place, or its one partial batch."""
        partial = group.waiting < self.evaluator.rows(group.key)
        with self.evaluator.edited(group.key.edits):
            while group.waiting >= (rows := self.evaluator.rows(group.key)) or partial:
                pieces = group.batch(rows)
                self._answer(shares, group.key, pieces)
                self.tick()
                partial = False
        if not group.pieces:
            shares.groups.pop(group.key, None)

    def _answer(self, shares: Shares, key: GroupKey, pieces: list[Piece]) -> None:
        """One batch; when the model fails on it, each piece alone, so that one poisoned image fails alone."""
        try:
            done = self.evaluator.evaluate(key, pieces)
        except HeatproofError:
            raise
        except Exception as error:
            if len(pieces) == 1:
                shares.fail(pieces[0], error)
                return
            for piece in pieces:
                self._answer(shares, key, [piece])
        else:
            shares.deliver(pieces, done)


def _next(shares: Shares, rows: Callable[[GroupKey], int]) -> Group | None:
    """Gradients before forwards, since they bring the outputs along; then the oldest."""
    waiting = [g for g in shares.groups.values() if g.pieces]
    full = [g for g in waiting if g.waiting >= rows(g.key)]
    return min(full or waiting, key=lambda g: (g.key.kind == "logits", g.born), default=None)
