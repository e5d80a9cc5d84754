"""The case study: which metrics and methods are left, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from heatproof.report.drawing.correlations import correlations
from heatproof.report.drawing.ink import COLOURS
from heatproof.report.drawing.plates import Drawing, figure
from heatproof.report.drawing.sheet import Sheet, words
from heatproof.report.figures.cles import bars
from heatproof.report.figures.significance_summary import summary
from heatproof.report.tabling.case import Case, case_of
from heatproof.study.view import ModelView

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@figure(
    title="Case study",
    caption="{what} {model}; choices on {sample} of {images}, conclusions on all of them.",
    report=False,
)
def case_study(model: ModelView, sheet: Sheet) -> Iterator[Drawing]:
    """What is kept, how the kept metrics correlate, who beats random maps, who beats whom."""
    case = case_of(model)
    found = case.found
    sample = {"sample": len(found.sample)}
    yield _kept(
        case,
        sheet,
        {
            "what": "Metrics and methods that are kept (full bars) or dropped (hatched: beyond the dashed limit, or "
            "represented by a metric that says the same), of",
            **sample,
        },
    )
    if len(found.kept_metrics) > 1:
        what = "Rank correlations of the metrics that are kept, on"
        matrix = found.correlations.only(found.kept_metrics)
        yield correlations(matrix, sheet, "metric", {"what": what, **sample}, "correlation")
    if found.against:
        what = "Methods that are kept against the random control, on"
        yield summary(found.against, sheet, {"what": what, **sample}, "significance")
    if found.duels:
        what = "Leading methods that are kept against each other, on"
        yield bars(found.duels, sheet, {"what": what, **sample}, "duels")


def _kept(case: Case, sheet: Sheet, said: dict[str, object]) -> Drawing:
    found = case.found
    alphas = {r.metric: r.alpha for r in found.reliability}
    drawn = sheet.blank(0.7 + 0.17 * max(len(alphas), len(found.similarity)))
    left, right = drawn.subplots(1, 2)
    _bars(left, alphas, set(found.kept_metrics), found.limits.alpha)
    _bars(right, found.similarity, set(found.kept_methods), found.limits.similarity)
    left.set_xlabel("Krippendorff's alpha")
    right.set_xlabel("similarity to maps of random weights")
    rows = [
        {"kind": kind, "name": c.name, "kept": c.kept, "value": value, "reason": c.reason}
        for kind, choices, values in (("metric", found.metrics, alphas), ("method", found.methods, found.similarity))
        for c in choices
        for value in (values[c.name],)
    ]
    return Drawing(drawn, rows, words=said)


def _bars(ax: Axes, values: Mapping[str, float | None], kept: set[str], limit: float) -> None:
    """Full bars for what is kept, hatched ones for what is dropped."""
    for place, (name, value) in enumerate(values.items()):
        look: Any = (
            {"color": COLOURS[0]} if name in kept else {"color": "white", "edgecolor": COLOURS[1], "hatch": "////"}
        )
        if value is not None and value == value:  # noqa: PLR0124 - NaN
            ax.barh(place, value, height=0.7, **look)
    ax.set_yticks(range(len(values)), [words(name, 36) for name in values])
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.axvline(limit, color="#333333", linewidth=0.7, linestyle=(0, (4, 3)))
    ax.axvline(0, color="#333333", linewidth=0.6)
