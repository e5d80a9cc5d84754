"""Every two methods of a metric against each other, and every method against random maps."""

from __future__ import annotations

from itertools import combinations

from heatproof.stats.intervals import Bootstrap
from heatproof.stats.multiplicity import holm, smallest_p
from heatproof.stats.paired import differences, signed_rank, win_probability
from heatproof.stats.table import ScoreTable
from heatproof.stats.verdict import Pair

FEWEST = 2
"""Images without which there is nothing to test."""


def pairs(table: ScoreTable, metric: str, alpha: float, bootstrap: Bootstrap) -> tuple[Pair, ...]:
    """All pairs of methods on one metric, two-sided, Holm-corrected within the metric.

    A pair with fewer than two images where both are defined is not tested and left out. The winner must be ahead in
    its mean and in its ranks: where one outlier makes them disagree, the pair stays undecided. Without a direction
    nobody wins and `effect` is P(a > b).
    """
    apart = {
        (a, b): differences(table.scores(a, metric), table.scores(b, metric)) for a, b in combinations(table.methods, 2)
    }
    apart = {pair: values for pair, values in apart.items() if len(values) >= FEWEST}
    tests = {pair: signed_rank(values) for pair, values in apart.items()}
    adjusted = holm([test.two_sided for test in tests.values()])
    intervals = bootstrap.intervals(list(apart.values()))
    sign, directed = table.sign(metric), metric in table.directed
    found = []
    for ((a, b), values), interval, p in zip(apart.items(), intervals, adjusted, strict=True):
        test, (mean, low, high) = tests[a, b], interval.complete
        ahead = sign * test.direction if p < alpha and mean * test.direction > 0 and directed else 0
        better, effect = {1: a, -1: b, 0: ""}[ahead], win_probability(sign * values)
        found.append(Pair(metric, a, b, mean, low, high, test.two_sided, float(p), effect, better, len(values)))
    return tuple(found)


def against_random(table: ScoreTable, metric: str, alpha: float) -> dict[str, bool]:
    """Which methods are significantly better than random maps: one-sided, Holm-corrected over the methods.

    A method is missing where it cannot be tested: no random control, no direction, or so few images that even a win
    on all of them would not be significant.
    """
    random = table.random
    if random is None or metric not in table.decisive:
        return {}
    sign, zero = table.sign(metric), table.scores(random, metric)
    apart = {m: differences(sign * table.scores(m, metric), sign * zero) for m in table.methods if m != random}
    apart = {m: values for m, values in apart.items() if len(values) >= FEWEST}
    adjusted = holm([signed_rank(values).greater for values in apart.values()])
    testable = {m for m, values in apart.items() if smallest_p(len(values)) * len(apart) < alpha}
    return {m: bool(p < alpha and apart[m].mean() > 0) for m, p in zip(apart, adjusted, strict=True) if m in testable}
