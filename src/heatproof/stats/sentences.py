"""The verdict in words: numbers, plain English, and no claim beyond the evidence."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from heatproof.stats.table import ScoreTable
from heatproof.stats.verdict import Pair, Sanity, Verdict
from heatproof.stats.words import be, correlation, listing, p_value, percent, plural

_PRAISED = 3
_NAMED = 6
"""Names in one sentence; the rest is counted."""
Key = TypeVar("Key", bound=Hashable)
_TEST = "the parameter randomization test"


def sentences(table: ScoreTable, verdict: Verdict) -> tuple[str, ...]:
    """Most important first: the best, the sanity check, the two leaders, random maps, what all this is worth."""
    if not table.images or not table.methods:
        return ("Nothing has been scored yet.",)
    said = [*_best(table, verdict), *_sanity(table, verdict), *_leaders(table, verdict), *_random(table, verdict)]
    return (*said, f"This is evidence from {plural(table.images, 'image')} and one model, not a certification.")


def _best(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """Who is best or tied for best, and on how many of the metrics that decide."""
    marks = [(c.method, c.metric) for c in verdict.cells if c.best and c.metric in table.decisive]
    compared = len({metric for _, metric in marks})
    counts = {m: sum(method == m for method, _ in marks) for m in verdict.methods}
    images, kind = plural(table.images, "image"), table.kind
    if not compared:
        yield _uncompared(table)
        return
    if all(counts[m] == compared for m in table.candidates):
        on = f"the only {kind}metric" if compared == 1 else f"any of {compared} {kind}metrics"
        yield f"No method is significantly worse than the best one on {on}: {images} leave the order open."
        return
    failing = {s.method for s in verdict.sanity if s.outcome == "fail"}
    groups = _grouped((m, (-counts[m], m in failing)) for m in verdict.methods if counts[m])
    for (count, fails), methods in sorted(groups.items())[:_PRAISED]:
        but = f", but {'fails' if len(methods) == 1 else 'fail'} {_TEST}" if fails else ""
        of = f"{-count} of {plural(compared, f'{kind}metric')}"
        yield f"{listing(methods, _NAMED)} {be(methods)} best or tied for best on {of} ({images}){but}."


def _uncompared(table: ScoreTable) -> str:
    """Why nobody is called best."""
    if len(table.candidates) < 2:
        return f"{plural(len(table.candidates), 'method')}: there is nothing to compare."
    if not table.directed:
        return "None of the metrics has a better end: the methods are described, not ranked."
    return f"{plural(table.images, 'image')}: too few to call one method better than another, so none is called best."


def _sanity(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """Each method that fails, then who passes, then who stays undecided."""
    found = [s for s in verdict.sanity if s.method not in table.controls]
    for s in (s for s in found if s.outcome == "fail"):
        kept = f"its maps keep a rank correlation of {_similarity(s)} when the weights are random"
        yield f"{s.method} FAILS {_TEST}: {kept}."
    if passing := [s.method for s in found if s.outcome == "pass"]:
        verb = "passes" if len(passing) == 1 else "pass"
        yield f"{listing(passing, _NAMED)} {verb} {_TEST}."
    if open_ := [f"{s.method} ({_similarity(s)})" for s in found if s.outcome == "undecided"]:
        yield f"{listing(open_, _NAMED)} {be(open_)} undecided in {_TEST}."


def _similarity(s: Sanity) -> str:
    assert s.similarity is not None, "only a method without data has none, and that is not tested"
    return correlation(s.similarity, s.low, s.high)


def _leaders(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """The first two of the order against each other, on the metrics that decide it."""
    leaders = [m for m in verdict.methods if m not in table.controls][:2]
    compared = {c.metric for c in verdict.cells if c.best} & set(table.decisive)
    met = [p for p in verdict.pairs if p.metric in compared and {p.a, p.b} == set(leaders)]
    for winner, loser in (leaders, leaders[::-1]) if met else ():
        if won := [_win(p, winner) for p in met if p.better == winner]:
            yield f"{winner} is better than {loser} on {listing(won, _NAMED)}."
    if even := [f"{p.metric} ({p_value(p.p_adjusted)})" for p in met if not p.better]:
        yield f"{leaders[0]} and {leaders[1]} cannot be told apart on {listing(even, _NAMED)}."


def _win(pair: Pair, winner: str) -> str:
    ahead = pair.effect if pair.a == winner else 1 - pair.effect
    return f"{pair.metric} ({p_value(pair.p_adjusted)}, ahead on {percent(ahead)} of the images)"


def _random(table: ScoreTable, verdict: Verdict) -> Iterator[str]:
    """Methods against random maps, on the metrics on which any method beats them; the others have their warning."""
    real = [c for c in verdict.cells if c.beats_random is not None and c.method not in table.controls]
    telling = {c.metric for c in real if c.beats_random}
    tested = {m: [c.beats_random for c in real if c.method == m and c.metric in telling] for m in verdict.methods}
    groups = _grouped((m, (sum(map(bool, won)), len(won))) for m, won in tested.items() if won)
    kind = table.kind
    only = f"the only {kind}metric that can tell" if len(telling) == 1 else ""
    full = [m for (won, of), methods in groups.items() if won == of for m in methods]
    some = [f"{listing(m)} ({won} of {of})" for (won, of), m in groups.items() if 0 < won < of]
    none = [m for (won, _), methods in groups.items() if not won for m in methods]
    where = f"{len(telling)} {kind}metrics that can tell"
    if full:
        yield f"{listing(full, _NAMED)} {be(full)} significantly better than random maps on {only or 'all ' + where}."
    if some:
        yield f"On only some of the {where}, these are significantly better than random maps: {listing(some)}."
    if none:
        on = only or f"any of the {where}"
        yield f"{listing(none, _NAMED)} {be(none)} not significantly better than random maps on {on}."


def _grouped(pairs: Iterable[tuple[str, Key]]) -> dict[Key, list[str]]:
    """The methods of each key, in their order."""
    groups: dict[Key, list[str]] = {}
    for method, key in pairs:
        groups.setdefault(key, []).append(method)
    return groups
