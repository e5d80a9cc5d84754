"""Half-open index ranges [start, stop): what is held, what is missing."""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]


def missing(held: Iterable[Range], start: int, stop: int) -> list[Range]:
    """The stretches of [start, stop) that no held range covers."""
    gaps, at = [], start
    for a, b in sorted(held):
        if b <= at:
            continue
        if a >= stop:
            break
        if a > at:
            gaps.append((at, a))
        at = b
    return [*gaps, (at, stop)] if at < stop else gaps


def joined(held: Iterable[Range]) -> list[Range]:
    """Ranges in ascending order, those that touch made one."""
    whole: list[Range] = []
    for a, b in held:
        if whole and whole[-1][1] >= a:
            whole[-1] = (whole[-1][0], max(b, whole[-1][1]))
        else:
            whole.append((a, b))
    return whole
