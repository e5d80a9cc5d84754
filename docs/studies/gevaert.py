"""What both versions of the general benchmark are asked."""

from collections.abc import Sequence

import numpy as np
from beside import Finding, labelled, listed, short

from heatproof.stats.correlation import between_metrics
from heatproof.stats.effects import effects
from heatproof.stats.reliability import reliability
from heatproof.stats.table import ScoreTable
from heatproof.study.judging import score_table
from heatproof.study.view import ModelView, RunView

REJECTED = {"insertion": "some below .3", "sensitivity_n": "below .3"}
"""Metrics on which the images of ImageNet do not agree, all or some of their variants."""


def findings_of(view: RunView, kept: Sequence[str], passing: set[str], failing: set[str]) -> list[Finding]:
    """Agreement of images and of metrics, random weights, DeepSHAP, patches."""
    (m,) = view.models
    table = score_table(m.methods, m.metrics, m.values, m.curves)
    return [
        *_alphas(m, table, kept),
        _metrics(table),
        *_randomized(m, passing, failing),
        _deepshap(table),
        *_patches(m),
    ]


def _alphas(m: ModelView, table: ScoreTable, kept: Sequence[str]) -> list[Finding]:
    found = []
    for name in dict.fromkeys(x.name for x in m.metrics):
        labels = [x.label for x in m.metrics if x.name == name and x.label in table.directed]
        alphas = [a for a in (reliability(table, label).alpha for label in labels) if a is not None]
        if not alphas:
            continue
        published = "above .3" if name in kept else REJECTED.get(name, "-")
        above = sum(a > 0.3 for a in alphas)
        agrees = above == len(alphas) if name in kept else above < len(alphas) if name in REJECTED else None
        listing = f"{listed(alphas)}: {above} of {len(alphas)} above .3"
        found.append(Finding(f"Agreement of the images on {name} (alpha)", published, listing, agrees))
    return found


def _metrics(table: ScoreTable) -> Finding:
    matrix = between_metrics(table, list(table.directed)).mean
    off = matrix[~np.eye(len(matrix), dtype=bool)]
    off = off[np.isfinite(off)]
    text = "Correlation between metrics over the images, mean over methods: mean and share above .7"
    return Finding(text, "low", f"{short(float(off.mean()))}, {np.mean(off > 0.7):.0%}", bool(off.mean() < 0.3))


def _randomized(m: ModelView, passing: set[str], failing: set[str]) -> list[Finding]:
    if not passing:
        return []
    key = labelled(m.metrics, "parameter_randomization").key
    found = {x.name: float(np.nanmean(m.values[x.key, key])) for x in m.methods if not x.control}
    here = {name for name, mean in found.items() if abs(mean) <= 0.05}
    lines = []
    for text, names, expected in (("within .05 of 0", passing, True), ("not", failing, False)):
        right = {n for n in names if (n in here) is expected}
        wrong = ", ".join(f"{n} {short(found[n])}" for n in sorted(names - right))
        said = f"{len(right)} of {len(names)}" + (f"; not {wrong}" if wrong else "")
        lines.append(
            Finding(f"Maps of random weights: rank correlation {text}", ", ".join(sorted(names)), said, not wrong)
        )
    return lines


def _deepshap(table: ScoreTable) -> Finding:
    ahead, metrics = 0, 0
    cheap = [m for m in ("gradient", "input_x_gradient", "integrated_gradients", "deeplift") if m in table.methods]
    for metric in table.directed:
        a = _oriented(table, "deepshap", metric)
        ahead += all(e.superiority > 0.5 for e in (effects(a, _oriented(table, b, metric)) for b in cheap))
        metrics += 1
    text = f"DeepSHAP is ahead of every cheaper relative ({', '.join(cheap)}) on most images"
    return Finding(text, "not on every metric", f"on {ahead} of {metrics} metrics", ahead < metrics)


def _oriented(table: ScoreTable, method: str, metric: str) -> np.ndarray:
    """Scores per image, higher is better."""
    return table.sign(metric) * table.scores(method, metric)


def _patches(m: ModelView) -> list[Finding]:
    if not any(x.name == "impact_coverage" for x in m.metrics):
        return []
    key = labelled(m.metrics, "impact_coverage").key
    found = {x.label: float(np.nanmean(m.values[x.key, key])) for x in m.methods}
    best = max(found, key=lambda k: found[k])
    text = "Impact coverage: random maps cover q / (2 - q) of a patch of share q"
    here = f"random {found['random']:.3f}, best {best} {short(found[best])}"
    return [Finding(text, ".053 at q = .1; patches could not be made for small images", here)]
