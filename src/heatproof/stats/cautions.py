"""What weakens a verdict, in one line each: shown before its sentences."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri

from heatproof.stats.multiplicity import smallest_p
from heatproof.stats.sanity import is_noisy
from heatproof.stats.table import ScoreTable
from heatproof.stats.verdict import Cell, Verdict
from heatproof.stats.words import listing, percent, plural
from heatproof.vocabulary.errors import problem

_FEW = 20
"""Images below which the weakness of the tests is said."""
_MANY = 0.2
"""Share of undefined scores above which a mean is over other images than its neighbours."""
_CONTRARY = -0.3
_POWER = 0.8
_NAMED = 3
"""Names in one line; the rest is counted."""


def cautions(table: ScoreTable, verdict: Verdict) -> tuple[str, ...]:
    """All of them, the ones that weaken most first."""
    if not table.images:
        return ()
    found = [*_few(table, verdict), *_no_random(table), *_blind(table, verdict), *_undefined(table, verdict)]
    return (*found, *_contrary(table, verdict), *_fooled(table, verdict), *_noisy(table, verdict))


def _few(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """HP403: how weak the tests of so few images are."""
    n, family = table.images, len(table.methods) * (len(table.methods) - 1) // 2
    if n >= _FEW or not table.directed or not family:
        return
    if n < 2:
        weakness = "nothing is tested, the numbers only describe what was seen"
    elif 2 * smallest_p(n) * family >= verdict.alpha:
        needed = int(np.floor(1 - np.log2(verdict.alpha / family))) + 1
        weakness = (
            f"with {plural(family, 'pair')} of methods no difference can be significant, even when every image agrees "
            f"(that takes {plural(needed, 'image')})"
        )
    else:
        reach = (ndtri(1 - verdict.alpha / 2 / family) + ndtri(_POWER)) / np.sqrt(n)
        weakness = (
            f"the tests are weak; with {plural(family, 'pair')} of methods a difference must be about "
            f"{reach:.1f} times its standard deviation over the images to be found with {percent(_POWER)} probability"
        )
    yield problem("HP403", images=plural(n, "image"), weakness=weakness).line


def _no_random(table: ScoreTable) -> Iterator[str]:
    """HP407: nothing to compare with."""
    if table.random is None and table.directed and table.candidates:
        yield problem("HP407").line


def _blind(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """HP401: metrics on which no method beats random maps."""
    for metric in table.decisive:
        tested = [c for c in _row(table, verdict, metric) if c.beats_random is not None]
        if not tested or any(c.beats_random for c in tested):
            continue
        names = {c.method for c in tested}
        wins = max(
            p.effect if p.a in names else 1 - p.effect
            for p in verdict.pairs
            if p.metric == metric and table.random in (p.a, p.b) and names & {p.a, p.b}
        )
        yield problem(
            "HP401", metric=metric, wins=percent(wins), images=plural(max(c.count for c in tested), "image")
        ).line


def _undefined(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """HP402: metrics with many undefined scores."""
    for metric in table.metrics:
        worst = max(_row(table, verdict, metric), key=lambda c: c.undefined, default=None)
        if worst and worst.undefined > _MANY * table.images:
            images = plural(table.images, "image")
            yield problem("HP402", metric=metric, undefined=worst.undefined, images=images, method=worst.method).line


def _contrary(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """HP404: metrics that put the methods in opposite orders."""
    decisive = set(table.decisive)
    taus = sorted((tau, *pair) for pair, tau in verdict.agreement.items() if tau < _CONTRARY and decisive >= set(pair))
    if taus and verdict.pairs:
        named = [f"{a} and {b} (tau = {tau:.2f})" for tau, a, b in taus]
        yield problem(
            "HP404",
            pairs=plural(len(taus), "pair") + " of metrics" if len(taus) > 1 else "two metrics",
            methods=plural(len(table.candidates), "method"),
            detail=listing(named, _NAMED) if len(taus) > 1 else named[0],
        ).line


def _fooled(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """HP405: controls that beat real methods."""
    for control in verdict.controls:
        losses = [p for p in verdict.pairs if p.better == control and not {p.a, p.b} <= table.controls]
        said = []
        for metric in dict.fromkeys(p.metric for p in losses if p.metric in table.decisive):
            losers = [p.b if p.a == control else p.a for p in losses if p.metric == metric]
            said.append(f"{listing(losers, _NAMED)} on {metric}")
        if said:
            yield problem("HP405", control=control, detail="; ".join(said)).line


def _noisy(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """HP406: maps that do not resemble themselves."""
    for found in verdict.sanity:
        if found.floor is not None and is_noisy(found.floor) and found.method not in table.controls:
            yield problem("HP406", method=found.method, floor=found.floor).line


def _row(table: ScoreTable, verdict: Verdict, metric: str) -> list[Cell]:
    """The cells of the real methods on one metric."""
    return [c for c in verdict.cells if c.metric == metric and c.method not in table.controls]
