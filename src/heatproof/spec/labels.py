"""Labels: the name of a formula, and the settings in which entries of one name differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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
    differing = {base: _differing(group) for base, group in groups.items()}
    return [replace(entry, label=_label(entry, differing[_base(entry)])) for entry in entries]


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


def _label(entry: Entry, differing: Sequence[str]) -> str:
    told = ", ".join(f"{name}={short(entry.settings[name])}" for name in differing)
    return f"{_base(entry)}({told})"[:LONGEST] if told else _base(entry)
