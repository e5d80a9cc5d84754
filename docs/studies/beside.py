"""What the pages have in common: findings, and ways to read numbers off a run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from heatproof.stats.dispersion import noise
from heatproof.study.view import CurveView, FormulaView, ModelView, RunView


@dataclass(frozen=True)
class Finding:
    """One published finding beside ours."""

    text: str
    published: str
    here: str
    agrees: bool | None = None
    """None where there is nothing published to agree with."""


@dataclass(frozen=True)
class Page:
    """A page: words that stay, and a function from the run to its findings."""

    title: str
    claimed: str
    findings: Callable[[RunView], list[Finding]]
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    why: str = ""
    full: bool = True


def model(view: RunView, name: str) -> ModelView:
    """The model of this name."""
    return next(m for m in view.models if m.name == name)


def labelled(formulas: Sequence[FormulaView], label: str) -> FormulaView:
    """The method or metric that tables show under this label."""
    found = [f for f in formulas if f.label == label]
    assert found, f"{label} is none of {', '.join(f.label for f in formulas)}"
    return found[0]


def values(m: ModelView, method: str, metric: str) -> np.ndarray:
    """One value per image."""
    return m.values[labelled(m.methods, method).key, labelled(m.metrics, metric).key]


def mean(m: ModelView, method: str, metric: str) -> float:
    """The mean over the images that have a value."""
    found = values(m, method, metric)
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def curve(m: ModelView, metric: str, name: str) -> CurveView:
    """A curve of a metric."""
    found = [c for c in m.curves[labelled(m.metrics, metric).key] if c.name == name]
    assert found, (
        f"{metric} has no curve {name}: {', '.join(c.name for c in m.curves[labelled(m.metrics, metric).key])}"
    )
    return found[0]


def along(m: ModelView, metric: str, name: str, method: str) -> list[float]:
    """The mean over the images at every point of a curve."""
    rows = np.atleast_2d(curve(m, metric, name).values[labelled(m.methods, method).key])
    with np.errstate(all="ignore"):
        return [float(np.nanmean(column)) if np.isfinite(column).any() else float("nan") for column in rows.T]


def listed(numbers: Sequence[float]) -> str:
    """Numbers as papers print them: .93 .81 .06"""
    return " ".join(short(n) for n in numbers)


def short(number: float) -> str:
    """A number as papers print it."""
    if not np.isfinite(number):
        return "-"
    text = f"{number:.2f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def near(ours: Sequence[float], theirs: Sequence[float], within: float = 0.1) -> bool:
    """Every number within this distance."""
    return bool(np.max(np.abs(np.subtract(ours, theirs))) <= within + 1e-9)


def minutes(view: RunView) -> str:
    """How long the run took."""
    return f"{max(1, round(view.cost['seconds'] / 60))} min"


def _large(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def signal(view: RunView, published: str) -> list[Finding]:
    """Signal-to-noise ratios of sensitivity-n with pixels and with segments, over the repeats of a run."""
    (m,) = view.models
    found, higher = [], []
    for x in (x for x in m.methods if not x.control):
        median, share = {}, {}
        for name in ("sensitivity_n", "segment_sensitivity_n"):
            seen = noise(np.stack([m.values[x.key, c.key] for c in m.metrics if c.name == name]))
            median[name], share[name] = seen.median or 0.0, seen.share or 0.0
        pixels, segments = median["sensitivity_n"], median["segment_sensitivity_n"]
        higher.append(segments > pixels)
        shares = " and ".join(f"{part:.0%}" for part in share.values())
        here = f"{_large(pixels)} and {_large(segments)}; noise is {shares} of the variance"
        agrees = None if published == "-" else segments > pixels
        found.append(Finding(f"{x.label}: median ratio with pixels and with segments", published, here, agrees))
    text = "Methods for which segments have the higher ratio"
    return [*found, Finding(text, "all" if published != "-" else "-", f"{sum(higher)} of {len(higher)}")]
