"""Methods that are in a study several times, with other settings each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from heatproof.study.view import FormulaView, ModelView

Family = Sequence[FormulaView]
LONGEST = 36
_NOTHING = (None, False, "none")
"""Values that go without saying."""


def families(model: ModelView) -> Mapping[str, Family]:
    """Name of the method -> its entries, where there are several."""
    found: dict[str, list[FormulaView]] = {}
    for method in model.methods:
        if not method.control:
            found.setdefault(method.name, []).append(method)
    return {name: entries for name, entries in found.items() if len(entries) > 1}


def differing(family: Family) -> dict[str, list[Any]]:
    """Setting -> what each of these methods sets it to, of the settings that are not the same for all."""
    names = dict.fromkeys(name for method in family for name in method.settings)
    columns = {name: [method.settings.get(name) for method in family] for name in names}
    return {name: values for name, values in columns.items() if any(v != values[0] for v in values)}


def short(family: Family) -> list[str]:
    """What tells each from the others: `window 6`, or its label where settings do not."""
    columns = differing(family)
    texts = [", ".join(_said(n, v[i]) for n, v in columns.items() if v[i] not in _NOTHING) for i in range(len(family))]
    clear = len(set(texts)) == len(texts) and all(0 < len(text) <= LONGEST for text in texts)
    return texts if clear else [method.label for method in family]


def heads(methods: Sequence[FormulaView]) -> list[str]:
    """The labels of methods, shorter where one name is there several times."""
    families: dict[str, list[FormulaView]] = {}
    for method in methods:
        families.setdefault(method.name, []).append(method)
    told = {name: dict(zip([m.label for m in f], short(f), strict=True)) for name, f in families.items() if len(f) > 1}
    return [
        f"{m.name}: {told[m.name][m.label]}" if told.get(m.name, {}).get(m.label, m.label) != m.label else m.label
        for m in methods
    ]


def _said(name: str, value: Any) -> str:
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
