"""The case study in words, step by step; and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from heatproof.report.tables.significance import CORRECTIONS, TESTS
from heatproof.report.tabling.case import Case
from heatproof.report.tabling.matrices import matrix_rows
from heatproof.stats.case_study import CaseStudy, Choice
from heatproof.stats.words import plural


def case_text(name: str, case: Case) -> str:
    """Every step with what it kept and why."""
    found = case.found
    lines = [
        f"{name}: case study of {plural(len(found.metrics), 'metric')} and {plural(len(found.methods), 'method')}",
        "",
        f"1 sample: choices are made on {len(found.sample)} of {plural(found.images, 'image')}, tests on all of them",
        "",
        f"2 to 4 metrics: alpha above {found.limits.alpha:g}, one of those with correlations of {found.limits.same:g}",
        *_choices((*found.metrics, *case.left_out)),
        "",
        f"5 methods: similarity to maps of random weights at most {found.limits.similarity:g} ({case.similarity})",
        *_choices(found.methods),
        "",
        f"6 against random maps: {_test(found)}; share of images ahead, where significant",
        *_against(found),
        "",
        f"7 pairs: {TESTS[found.limits.rule.test]}, two-sided; share of images on which the first is ahead",
        *_duels(found),
    ]
    return "\n".join(line.rstrip() for line in lines)


def case_json(case: Case) -> dict[str, Any]:
    """All numbers of all steps."""
    found = case.found
    return {
        "images": found.images,
        "sample": list(found.sample),
        "limits": asdict(found.limits),
        "reliability": [asdict(r) for r in found.reliability],
        "correlations": matrix_rows(found.correlations, "metric"),
        "groups": [asdict(g) for g in found.groups],
        "metrics": [asdict(c) for c in (*found.metrics, *case.left_out)],
        "methods": [asdict(c) for c in found.methods],
        "similarity": dict(found.similarity),
        "similarity_of": case.similarity,
        "against": [asdict(t) | {"effects": t.effects._asdict()} for t in found.against],
        "duels": [asdict(d) | {"effects": d.effects._asdict(), "shown": d.shown} for d in found.duels],
        "kept_metrics": list(found.kept_metrics),
        "kept_methods": list(found.kept_methods),
    }


def _test(found: CaseStudy) -> str:
    rule = found.limits.rule
    return f"{TESTS[rule.test]}, one-sided, {CORRECTIONS[rule.correction]}, below {rule.alpha:g}"


def _choices(choices: Sequence[Choice]) -> Iterator[str]:
    """What was kept first, each with its reason."""
    width = max((len(c.name) for c in choices), default=0)
    for choice in sorted(choices, key=lambda c: not c.kept):
        yield f"  {'keep' if choice.kept else 'drop'}  {choice.name.ljust(width)}  {choice.reason}"


def _against(found: CaseStudy) -> Iterator[str]:
    if not found.kept_metrics or not found.kept_methods:
        yield f"  nothing to test: no {'metric' if not found.kept_metrics else 'method'} is left"
        return
    if not found.against:
        yield "  not tested: the study has no control random"
        return
    cells = {(t.method, t.metric): t for t in found.against}
    shown = {
        method: [_cell(cells.get((method, metric))) for metric in found.kept_metrics] for method in found.kept_methods
    }
    yield from _grid(found.kept_metrics, shown)


def _cell(found: Any) -> str:
    if found is None or found.why:
        return "not tested"
    return f"{found.effects.superiority:.2f}" if found.significant else "."


def _grid(heads: Sequence[str], rows: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Methods x metrics; the heads stand above their columns, numbered, because labels are long."""
    for place, head in enumerate(heads, 1):
        yield f"  ({place}) {head}"
    width = max(map(len, rows))
    widths = [max(5, *(len(row[i]) for row in rows.values())) for i in range(len(heads))]
    numbers = "  ".join(f"({i})".rjust(w) for i, w in enumerate(widths, 1))
    yield f"  {' ' * width}  {numbers}"
    for name, row in rows.items():
        yield f"  {name.ljust(width)}  {'  '.join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))}"


def _duels(found: CaseStudy) -> Iterator[str]:
    if not found.duels:
        yield "  no pair of methods is left"
    for duel in found.duels:
        result = duel.why or (f"{duel.effects.superiority:.2f}" if duel.significant else "not significant")
        p = "" if duel.why else f" (p = {duel.p:.2g}, {plural(duel.count, 'image')})"
        yield f"  {duel.a} against {duel.b} on {duel.metric}: {result}{p}"
