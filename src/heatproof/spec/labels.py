"""Labels: the name of a formula, and the settings that tell entries of one name apart.

Of those that differ, an entry is called after the ones that it does not have at their defaults; where that is not
enough, after as few as tell all of them apart.

Figures, tables and the terminal all show these; the settings of an entry stand in full in the report.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from heatproof.spec.entry import Entry

LONGEST = 200
"""Characters of a label."""


def labelled(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with their final labels: `smoothgrad`, or `smoothgrad(sigma=0.3)` where there are several."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[_base(entry)].append(entry)
    named = {id(entry): label for group in groups.values() for entry, label in _labels(group)}
    return [replace(entry, label=named[id(entry)]) for entry in entries]


def short(value: Any) -> str:
    """A setting's value, short enough for a label."""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if hasattr(value, "shape"):
        return "tensor"
    text = "".join(c if c.isprintable() else "?" for c in str(value).replace("'", ""))
    return text if len(text) <= 30 else f"{text[:27]}..."


def _base(entry: Entry) -> str:
    return entry.label or entry.formula.name


def _differing(group: Sequence[Entry]) -> list[str]:
    """Settings that do not have the same value in all entries of one formula."""
    if len({id(entry.formula.call) for entry in group}) > 1:
        return []
    return [n for n in group[0].settings if len({repr(entry.settings[n]) for entry in group}) > 1]


def _labels(group: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    told, least = _differing(group), _telling(group)
    odd = [[n for n in told if repr(entry.settings[n]) != repr(entry.formula.settings[n].default)] for entry in group]
    full = [_label(entry, names or least) for entry, names in zip(group, odd, strict=True)]
    enough = len(set(full)) == _distinct(group, told)
    for entry, label in zip(group, full, strict=True):
        yield entry, label if enough else _label(entry, least)


def _telling(group: Sequence[Entry]) -> list[str]:
    """As few of those settings as tell every entry from the others; where two would do, the one that stands first."""
    told = _differing(group)
    apart = _distinct(group, told)
    for name in told[::-1]:
        fewer = [other for other in told if other != name]
        if _distinct(group, fewer) == apart:
            told = fewer
    return told


def _distinct(group: Sequence[Entry], names: Sequence[str]) -> int:
    """Labels that these settings give to the group."""
    return len({_label(entry, names) for entry in group})


def _label(entry: Entry, told_by: Sequence[str]) -> str:
    told = ", ".join(f"{name}={short(entry.settings[name])}" for name in told_by)
    return f"{_base(entry)}({told})"[:LONGEST] if told else _base(entry)
