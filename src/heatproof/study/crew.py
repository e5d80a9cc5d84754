"""Works one model's images off: in this process, or in copies of it that share them and report here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import torch

from heatproof.engine.account import Account, Effort
from heatproof.engine.evaluate import Spent
from heatproof.engine.workers import can_fork, share_out
from heatproof.study.cases import Case
from heatproof.study.collect import Collector, Found
from heatproof.study.probe import Shrunk
from heatproof.study.subject import Subject, Unit
from heatproof.vocabulary.errors import problem

PAUSE = 1.0
"""Seconds between two reports: what a kill can cost."""


class Report(NamedTuple):
    """What a worker hands over: what it has found since the last time, and what it has done and cost so far."""

    found: Found
    done: int
    account: Account
    spent: Mapping[Effort, Spent]
    shrunk: Shrunk


@dataclass
class Tally:
    """The latest reports of all workers together."""

    workers: int
    _latest: dict[int, Report] = field(default_factory=dict)

    def note(self, worker: int, report: Report) -> None:
        """Later reports take the place of earlier ones."""
        self._latest[worker] = report._replace(found=Found())

    @property
    def done(self) -> int:
        """Maps and scores."""
        return sum(report.done for report in self._latest.values())

    @property
    def account(self) -> Account:
        """Points asked and run."""
        total = Account()
        for report in self._latest.values():
            total.add(report.account)
        return total

    @property
    def spent(self) -> dict[Effort, Spent]:
        """Points evaluated, and seconds by the clock on the wall: those of workers side by side count once."""
        total: dict[Effort, Spent] = {"forwards": Spent(), "gradients": Spent()}
        for report in self._latest.values():
            for effort, spent in report.spent.items():
                total[effort].points += spent.points
                total[effort].seconds += spent.seconds / self.workers
        return total

    @property
    def shrunk(self) -> Shrunk:
        """Batches that did not fit into memory somewhere."""
        return sorted({pair for report in self._latest.values() for pair in report.shrunk}, reverse=True)


def workers_for(wanted: int | Literal["auto"], device: torch.device, cores: int) -> int:
    """How many processes work side by side: on the CPU one for each of the cores, elsewhere one."""
    if wanted != "auto" and (isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1):
        raise problem("HP105", setting="workers", value=repr(wanted), valid="auto or a whole number from 1")
    possible = device.type == "cpu" and can_fork()
    if wanted == "auto":
        return cores if possible else 1
    if wanted > 1 and not possible:
        where = "here" if device.type == "cpu" else f"on {device}"
        raise problem("HP225", workers=wanted, where=where)
    return wanted


@contextmanager
def one_thread() -> Iterator[int]:
    """One thread for each process, where there can be several: bits depend on it. Gives how many there were."""
    cores = torch.get_num_threads()
    if can_fork():
        torch.set_num_threads(1)
    try:
        yield cores
    finally:
        torch.set_num_threads(cores)


class Share(NamedTuple):
    """How many work side by side, and how many images come to each."""

    workers: int
    images: int


@dataclass(frozen=True)
class Crew:
    """The workers of one model; `receive(worker, report)` puts away what they find."""

    each: Subject
    missing: Mapping[str, frozenset[Unit]]
    collector: Collector
    receive: Callable[[int, Report], None]

    def run(self, todo: list[Case], workers: int) -> None:
        """Everything that is missing of these images. Interrupted, what is finished is reported first."""
        if workers == 1:
            self._work(todo, lambda report: self.receive(0, report), lambda: None, Share(1, len(todo)))
            return
        share = Share(workers, -(-len(todo) // workers))

        def work(places: Iterator[int], send: Callable[[Report], None], look: Callable[[], None]) -> None:
            self._work((todo[i] for i in places), send, look, share)

        share_out(len(todo), workers, work, self.receive)

    def _work(
        self, cases: Iterable[Case], send: Callable[[Report], None], look: Callable[[], None], share: Share
    ) -> None:
        session, sink = self.each.session, self.collector
        evaluator = session.evaluator()
        session.room.remembers //= share.workers  # each worker remembers for itself
        last = time.monotonic()

        def report() -> None:
            nonlocal last
            send(Report(sink.take(), sink.done, executor.account, evaluator.spent, session.shrunk))
            last = time.monotonic()

        def tick() -> None:
            look()
            if time.monotonic() - last >= PAUSE:
                report()

        executor = session.executor(evaluator, self.each.shape, tick, workers=share.workers, images=share.images)
        try:
            outcomes = executor.run(self.each.work(c, self.missing[c.key], sink) for c in cases)
        finally:
            report()
        for outcome in outcomes:
            if outcome.error:
                raise outcome.error
