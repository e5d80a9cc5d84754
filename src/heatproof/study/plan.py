"""The plan: a dry run of the very same formulas, before anything is evaluated."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from heatproof.engine.account import Account
from heatproof.engine.group import GroupKey, Piece
from heatproof.spec.entry import Entry
from heatproof.study.cases import Case
from heatproof.study.costs import is_for
from heatproof.study.session import MEMORY
from heatproof.study.subject import Column, Row, Subject, Unit
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.explanation import Explanation
from heatproof.vocabulary.points import At
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.rehearsal import rehearsing

LIMIT = 16
"""Images that are rehearsed one by one when they do not all cost the same."""


@dataclass(frozen=True)
class Plan:
    """What a study will cost: counts are exact for formulas without data-dependent loops."""

    rows: tuple[dict[str, Any], ...]
    """Per formula: kind, label, asked, run, forwards, gradients, seconds."""
    forwards: int
    gradients: int
    asked: int
    seconds: float
    bytes_memory: int
    bytes_disk: int
    units_total: int
    units_done: int
    exact: bool = True
    """False when images cost differently and only some were rehearsed, and when a formula may need less than that."""
    left_out: tuple[str, ...] = ()
    """Images that do not take part, and why."""
    warnings: tuple[str, ...] = ()
    """What a reader should know about the models before anything runs."""

    @property
    def run(self) -> int:
        """Evaluations after sharing."""
        return self.forwards + self.gradients

    @property
    def shared(self) -> float:
        """Share of what is asked that need not be run."""
        return 1 - self.run / self.asked if self.asked else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        own = {name: value for name, value in vars(self).items() if name not in ("rows", "left_out", "warnings")}
        lists = {"rows": list(self.rows), "left_out": list(self.left_out), "warnings": list(self.warnings)}
        return own | lists | {"run": self.run, "shared": self.shared}

    def __repr__(self) -> str:
        lines = [f"  {r['kind']:6}  {r['label']:32}  {r['asked']:>12,}  {r['run']:>12,}" for r in self.rows]
        cost = f"{self.run:,} evaluations instead of {self.asked:,}, about {self.seconds:,.0f} s"
        head = f"Plan: {cost}, {self.units_done:,} of {self.units_total:,} units done"
        return "\n".join([head, f"  {'kind':6}  {'label':32}  {'asked':>12}  {'run':>12}", *lines])

    def _repr_html_(self) -> str:
        from html import escape

        cells = "".join(
            f"<tr><td>{escape(str(r['label']))}</td><td>{r['asked']:,}</td><td>{r['run']:,}</td></tr>"
            for r in self.rows
        )
        head = "<tr><th>formula</th><th>asked</th><th>run</th></tr>"
        return f"<table>{head}{cells}</table><p>{self.run:,} evaluations, about {self.seconds:,.0f} s</p>"


class Pace(NamedTuple):
    """Seconds for a forward of a method, for one of a metric (nearly all are plain), and for a gradient."""

    forward: float
    score: float
    gradient: float


@dataclass
class Rehearsed:
    """A sink that forgets what is finished; a setting that cannot work is raised as it would be in the run."""

    stored_maps: frozenset[Unit] = frozenset()

    def map(self, case: Case, row: Row, found: Explanation | Exception) -> None:
        _raise_if_usage(found, row.entry)

    def score(self, case: Case, row: Row, column: Column, found: Reading | Exception, *, pictured: bool) -> None:
        _raise_if_usage(found, column.entry)

    def stored(self, case: Case, row: Row) -> Tensor | Exception | None:
        return torch.randn_like(case.x) if (case.key, row.key) in self.stored_maps else None


@dataclass
class Forecast:
    """The account of a dry run over many images."""

    account: Account = field(default_factory=Account)
    exact: bool = True


def rehearse(subject: Subject, missing: Mapping[str, frozenset[Unit]], *, brief: bool = False) -> Forecast:
    """Run every formula on made-up answers; images of which the same is missing cost the same, which is checked.

    brief   one of them stands for all unchecked: enough to refuse what cannot work, and to tell how far a run is
    """
    entries = [row.entry for row in subject.rows] + [column.entry for column in subject.columns]
    early = any(entry.formula.claims.stops_early for entry in entries)
    found = Forecast(exact=not early)
    alike: dict[frozenset[tuple[str, ...]], list[Case]] = {}
    for case in subject.cases:
        if missing[case.key]:
            alike.setdefault(frozenset(u[1:] for u in missing[case.key]), []).append(case)
    for cases in alike.values():
        ends = {case.key: case for case in (cases[0], cases[0] if brief else cases[-1])}  # one image is rehearsed once
        first, *others = (_account(subject, case, missing[key]) for key, case in ends.items())
        if all(first == last for last in others):
            found.account.add(first, len(cases))
            continue
        sample = cases[:LIMIT]
        for case in sample:
            found.account.add(_account(subject, case, missing[case.key]), len(cases) // len(sample))
        found.exact &= len(cases) <= LIMIT
    return found


def plan_of(subjects: Iterable[tuple[Subject, Mapping[str, frozenset[Unit]], int]]) -> Plan:
    """The plan over the models of a study: each, what an earlier run left to do, and how many workers it has."""
    rows: list[dict[str, Any]] = []
    totals: dict[str, Any] = dict.fromkeys(("forwards", "gradients", "asked", "seconds", "memory", "disk", "all"), 0)
    left, exact, out, said = 0, True, dict[str, None](), dict[str, None]()
    for subject, missing, workers in subjects:
        forecast = rehearse(subject, missing)
        pace = _pace(subject, min(workers, max(1, sum(map(bool, missing.values())))))
        lines = _rows(subject, forecast.account, pace)
        rows += lines
        account = forecast.account
        for name, value in (
            ("forwards", account.total("forwards")),
            ("gradients", account.total("gradients")),
            ("asked", account.total(asked=True)),
            ("seconds", sum(line["seconds"] for line in lines)),
            ("disk", sum(_disk(subject, c) for c in subject.cases)),
            ("all", sum(len(subject.units(c)) for c in subject.cases)),
        ):
            totals[name] += value
        totals["memory"] = max(totals["memory"], _memory())
        left += sum(map(len, missing.values()))
        exact &= forecast.exact
        out |= dict.fromkeys(subject.left_out)
        said |= dict.fromkeys(f"{subject.classifier.name}: {text}" for text in subject.session.preflight.warnings)
    return Plan(
        rows=tuple(rows),
        forwards=totals["forwards"],
        gradients=totals["gradients"],
        asked=totals["asked"],
        seconds=totals["seconds"],
        bytes_memory=totals["memory"],
        bytes_disk=totals["disk"],
        units_total=totals["all"],
        units_done=totals["all"] - left,
        exact=exact,
        left_out=tuple(out),
        warnings=tuple(said),
    )


def _account(subject: Subject, case: Case, missing: frozenset[Unit]) -> Account:
    maps = frozenset((case.key, row.key) for row in subject.rows) - missing
    executor = subject.session.executor(subject.session.rehearsal(), subject.shape)
    with rehearsing():
        (outcome,) = executor.run([subject.work(case, missing, Rehearsed(maps))])
    if outcome.error:
        raise outcome.error
    return executor.account


def _rows(subject: Subject, account: Account, pace: Pace) -> list[dict[str, Any]]:
    """One line per method for its maps, one per metric for all of its readings."""
    lines = []
    for kind, entries in (("method", subject.rows), ("metric", subject.columns)):
        for item in entries:
            label = item.entry.label
            line = account.of(partial(is_for, kind, label))
            forward = pace.forward if kind == "method" else pace.score
            seconds = line["forwards"] * forward + line["gradients"] * pace.gradient
            lines.append({"model": subject.classifier.name, "kind": kind, "label": label, **line, "seconds": seconds})
    return lines


def _pace(subject: Subject, workers: int) -> Pace:
    """Seconds per evaluation with so many side by side, measured on one full batch each."""
    evaluator = subject.session.evaluator()
    image = subject.session.score(subject.cases[0].x, 0).image
    times = {}
    asked = (("logits", ""), ("logits", subject.session.scores), ("gradient", ""))
    for kind, precision in dict.fromkeys(asked):
        key = GroupKey(kind, (), "logit", "", subject.shape, precision=precision)
        pieces: Sequence[Piece] = [Piece(0, (), At(image), 0, 0, 1)] * subject.session.batch
        began = time.perf_counter()
        evaluator.evaluate(key, pieces)
        times[kind, precision] = (time.perf_counter() - began) / (subject.session.batch * workers)
    return Pace(*(times[each] for each in asked))


def _memory() -> int:
    """The peak of this process, which has just run a batch of gradients, and what images in flight may take."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit + MEMORY


def _disk(subject: Subject, case: Case) -> int:
    return (len(subject.rows) + 1) * (case.x.nbytes + 256) + len(subject.rows) * len(subject.columns) * 1500


def _raise_if_usage(found: object, entry: Entry) -> None:
    if isinstance(found, HeatproofError):
        raise found.at(found.place or entry.label) from found.__cause__
