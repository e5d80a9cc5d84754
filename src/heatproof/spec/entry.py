"""One entry of a study: which formula, with which settings, under which label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heatproof.vocabulary.formula import Formula


@dataclass(frozen=True)
class Entry:
    """A formula with all its settings, as one row or column of the study."""

    formula: Formula
    settings: Mapping[str, Any]
    """Every setting, defaults written out."""
    label: str
    source: str = ""
    """`file.py:function` where it comes from a file of the user's."""

    @property
    def name(self) -> str:
        """What a study file calls it."""
        return self.source or self.formula.name

    def written(self) -> dict[str, Any]:
        """The entry as it stands in a resolved study."""
        return {self.name: {n: _plain(v) for n, v in self.settings.items()}, "label": self.label}


def _plain(value: Any) -> Any:
    """A setting as YAML can hold it."""
    return value.tolist() if hasattr(value, "tolist") else value
