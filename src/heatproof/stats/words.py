"""Numbers and lists as plain English."""

from __future__ import annotations

from collections.abc import Sequence


def plural(count: int, noun: str) -> str:
    """`1 image`, `1,000 images`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listing(names: Sequence[str], most: int | None = None) -> str:
    """`a`, `a and b`, `a, b and c`; beyond `most` names the rest is counted."""
    if most is not None and len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most} others"
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def be(names: Sequence[str]) -> str:
    """`is` or `are`."""
    return "is" if len(names) == 1 else "are"


def correlation(mean: float, low: float | None, high: float | None) -> str:
    """`0.71 [0.66, 0.75]`, or the mean alone where it has no limits."""
    return f"{mean:.2f}" if low is None or high is None else f"{mean:.2f} [{low:.2f}, {high:.2f}]"


def percent(share: float) -> str:
    """`59 %`."""
    return f"{100 * share:.0f} %"


def p_value(p: float) -> str:
    """`p = 0.41`, `p = 0.003`, `p < 0.001`."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.2g}" if p < 0.995 else "p = 1"
