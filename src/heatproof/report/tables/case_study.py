"""Which metrics and methods are left when all that cannot be trusted is gone."""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.tables.duels import duel_row
from heatproof.report.tables.significance import CORRECTIONS, TESTS, significance_row
from heatproof.report.tabling.case import case_of
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.case_study import Choice, Limits
from heatproof.study.view import ModelView

WHAT = {
    "metrics": "metrics kept, and why",
    "methods": "methods kept, and why",
    "significance": "the methods that are left against the random control",
    "duels": "the leading methods that are left against each other",
}


@table(
    caption="Case study of {model}, {what}; choices on {sample} of {images}, conclusions on all of them. Tests are "
    "{test}, {correction}."
)
def case_study(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """Metrics, methods, significance, duels."""
    found, left_out, similarity = case_of(model, limits=Limits(alpha=terms.alpha, similarity=terms.similarity))
    rows = {
        "metrics": [_choice(c, "metric") for c in (*found.metrics, *left_out)],
        "methods": [_choice(c, "method") for c in found.methods],
        "significance": [significance_row(t) for t in found.against],
        "duels": [duel_row(d) for d in found.duels],
    }
    for part, lines in rows.items():
        what = f"{WHAT[part]} ({similarity})" if part == "methods" else WHAT[part]
        rule = found.limits.rule
        said = {
            "test": TESTS[rule.test],
            "correction": CORRECTIONS[rule.correction] if part != "duels" else "not corrected",
        }
        yield Tabled(lines, part, {"what": what, "sample": len(found.sample), **said})


def _choice(choice: Choice, kind: str) -> dict[str, object]:
    return {kind: choice.name, "kept": choice.kept, "reason": choice.reason}
