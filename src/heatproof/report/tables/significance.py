"""Which methods are better than random maps, on which metrics, and by how much?"""

from __future__ import annotations

from collections.abc import Iterator

from heatproof.report.drawing.plates import Absent
from heatproof.report.tabling.effects import effect_columns
from heatproof.report.tabling.scores import narrowed
from heatproof.report.tabling.shelf import Tabled, Terms, table
from heatproof.stats.against import Against, against
from heatproof.study.view import ModelView

TESTS = {"wilcoxon": "Wilcoxon's signed-rank test", "t_test": "Student's paired t-test", "sign_test": "the sign test"}
CORRECTIONS = {
    "holm": "Holm-corrected over the methods",
    "bonferroni": "Bonferroni-corrected over the methods",
    "fdr_bh": "with the false discovery rate over the methods controlled (Benjamini and Hochberg)",
    "none": "not corrected",
}


@table(
    caption="Methods of {model} against the random control, paired by image ({images}): {test}, one-sided, "
    "{correction}; significant below {level}. Effects are oriented so that a positive median difference, or a "
    "probability above 0.5, is better than random maps. Superiority: share of the images on which the method is ahead, "
    "ties are losses; cles: ties counted half; cles_unpaired: of two images drawn apart."
)
def significance(model: ModelView, terms: Terms) -> Iterator[Tabled]:
    """One row per metric and method."""
    words = {"test": TESTS[terms.test], "correction": CORRECTIONS[terms.correction], "level": f"{terms.level:g}"}
    yield Tabled([significance_row(found) for found in tested(model, terms)], words=words)


def tested(model: ModelView, terms: Terms) -> list[Against]:
    """Every method against the random control on every metric that is compared."""
    scores = narrowed(model)
    if scores.random is None:
        raise Absent("needs the control random")
    return [found for metric in scores.metrics for found in against(scores, metric, terms.rule)]


def significance_row(found: Against) -> dict[str, object]:
    """The columns of one method on one metric."""
    return {
        "metric": found.metric,
        "method": found.method,
        "images": found.count,
        "p": found.p,
        "p_adjusted": found.p_adjusted,
        "significant": found.significant,
        **effect_columns(found.effects),
        "note": found.why,
    }
