"""Every method against the random control on one metric: test, correction, effect sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heatproof.stats.effects import Effects, effects
from heatproof.stats.enough import too_few
from heatproof.stats.multiplicity import Correction, corrected
from heatproof.stats.one_sided import TESTS, Test
from heatproof.stats.paired import differences
from heatproof.stats.table import ScoreTable


@dataclass(frozen=True)
class Against:
    """One method against the random control on one metric, paired by image."""

    method: str
    metric: str
    count: int
    """Images on which both are defined."""
    p: float
    """One-sided: is the method better? NaN where that was not tested."""
    p_adjusted: float
    significant: bool
    effects: Effects
    """Oriented: positive, or above 0.5, is better than random maps."""
    why: str = ""
    """Why it was not tested."""


@dataclass(frozen=True)
class Rule:
    """How a difference is tested."""

    test: Test = "wilcoxon"
    correction: Correction = "holm"
    """Over the methods of one metric."""
    alpha: float = 0.01


def against(
    table: ScoreTable, metric: str, rule: Rule | None = None, methods: tuple[str, ...] | None = None
) -> tuple[Against, ...]:
    """Each of the methods (all real ones if not named) against the control named `random`.

    Nothing for a metric without a direction, or a table without that control.
    """
    rule, random = rule or Rule(), table.random
    if random is None or metric not in table.directed:
        return ()
    names = table.candidates if methods is None else methods
    sign, zero = table.sign(metric), table.scores(random, metric)
    columns = {m: sign * table.scores(m, metric) for m in names}
    apart = {m: differences(column, sign * zero) for m, column in columns.items()}
    whys = {m: too_few(len(values)) for m, values in apart.items()}
    ps = [np.nan if whys[m] else TESTS[rule.test](values) for m, values in apart.items()]
    return tuple(
        Against(m, metric, len(apart[m]), p, q, bool(q < rule.alpha), effects(columns[m], sign * zero), whys[m])
        for m, p, q in zip(names, ps, corrected(ps, rule.correction).tolist(), strict=True)
    )


def glyph(found: Against) -> float:
    """0 to 1: how far a method is ahead of random maps, 2 (P - 1/2) of its superiority; 0 when not significant."""
    return max(0.0, 2 * (found.effects.superiority - 0.5)) if found.significant else 0.0
