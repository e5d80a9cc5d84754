"""Two methods against each other: on how many images is the one ahead?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from heatproof.report.drawing.plates import Absent
from heatproof.report.tables.significance import TESTS
from heatproof.report.tabling.effects import effect_columns
from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.duel import Duel
from heatproof.stats.duel import duels as fought
from heatproof.study.view import ModelView

_LEADERS = 3


@table(
    caption="The leading methods of {model} against each other, paired by image ({images}): {test}, two-sided, not "
    "corrected, significant below {level}. Superiority: share of the images on which a is ahead of b, ties are losses; "
    "cles: ties counted half; cles_unpaired: of two images drawn apart. Shown is the superiority, or 0.5 where the "
    "difference is not significant."
)
def duels(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One row per pair and metric."""
    found = fought(narrowed(model), leading(model), terms.test, terms.level)
    yield Tabled([duel_row(d) for d in found], words={"test": TESTS[terms.test], "level": f"{terms.level:g}"})


def leading(model: ModelView) -> Sequence[tuple[str, str]]:
    """Every two of the three real methods that the verdict puts first."""
    real = [m for m in model.verdict.methods if m not in model.verdict.controls]
    if len(real) < 2:
        raise Absent("needs two methods that are no controls")
    return list(combinations(real[:_LEADERS], 2))


def duel_row(found: Duel) -> dict[str, object]:
    """The columns of one pair on one metric."""
    return {
        "metric": found.metric,
        "a": found.a,
        "b": found.b,
        "images": found.count,
        "p": found.p,
        "significant": found.significant,
        **effect_columns(found.effects),
        "shown": found.shown,
        "note": found.why,
    }
