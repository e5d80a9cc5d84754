"""Takes finished units and makes them into what the store holds; a few times a second they are handed over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from heatproof.store.kept import KeptMaps
from heatproof.store.rows import Kind, MapRow, ScoreRow
from heatproof.study.cases import Case
from heatproof.study.stored import album, picture
from heatproof.study.subject import Column, Row
from heatproof.study.units import cause_of
from heatproof.vocabulary.errors import HeatproofError, Undefined
from heatproof.vocabulary.explanation import Explanation
from heatproof.vocabulary.reading import Curve, Reading

Axes = dict[str, dict[str, Any]]
"""metric key -> curve name -> what its x axis is."""


@dataclass
class Found:
    """Finished units on their way to the store."""

    maps: list[MapRow] = field(default_factory=list)
    scores: list[ScoreRow] = field(default_factory=list)
    axes: Axes = field(default_factory=dict)
    damaged: list[tuple[str, str]] = field(default_factory=list)
    """Stored maps that turned out to be damaged, and are made again."""


class Collector:
    """The sink of a run. Failed units are noted, and tried again by the next run."""

    def __init__(self, kept: KeptMaps, axes: Axes) -> None:
        self._kept, self._axes = kept, axes
        self._found = Found()
        self.done = 0
        """Maps and scores so far."""

    def stored(self, case: Case, row: Row) -> Tensor | Exception | None:
        """The map, when an earlier run made it; Undefined when it found that there is none."""
        there = self._kept.find(case.key, row.key)
        if there is None:
            return None
        return Undefined(there) if isinstance(there, str) else torch.from_numpy(there)

    def map(self, case: Case, row: Row, found: Explanation | Exception) -> None:
        """A map is made; a failed one is left out, so that it is tried again."""
        self.done += 1
        if isinstance(found, Explanation):
            notes = {name: float(value) for name, value in found.notes.items()}
            self._found.maps.append(MapRow(case.key, row.key, _array(found.map), notes=notes))
        elif isinstance(found, Undefined):
            self._found.maps.append(MapRow(case.key, row.key, None, found.reason))
        else:
            _raise_if_usage(found)

    def score(self, case: Case, row: Row, column: Column, found: Reading | Exception, *, pictured: bool) -> None:
        """A score is read; its pictures are kept where they are asked for."""
        self.done += 1
        unit = (case.key, row.key, column.key)
        if isinstance(found, Reading):
            curves = {name: _points(curve) for name, curve in found.curves.items()}
            self._found.scores.append(ScoreRow(*unit, float(found.value), None, curves))
            if pictured:
                self._keep(case, album(row.key, column.key), found.pictures)
            if found.curves and column.key not in self._axes:
                axes = {name: _axis(curve) for name, curve in found.curves.items()}
                self._axes[column.key] = self._found.axes[column.key] = axes
            return
        _raise_if_usage(found)
        kind: Kind = "undefined" if isinstance(found, Undefined) else "failed"
        reason = found.reason if isinstance(found, Undefined) else cause_of(found)
        self._found.scores.append(ScoreRow(*unit, None, reason, {}, kind))
        if pictured and kind == "undefined":
            self._keep(case, album(row.key, column.key), {})

    def _keep(self, case: Case, name: str, pictures: Mapping[str, Tensor]) -> None:
        """Store pictures and, under the name of their album, that they are there."""
        for place, (called, phi) in enumerate(pictures.items()):
            self._found.maps.append(MapRow(case.key, picture(name, place, called), _array(phi)))
        self._found.maps.append(MapRow(case.key, name, None, f"{len(pictures)} pictures"))

    def take(self) -> Found:
        """What is finished since the last time."""
        found, self._found = self._found, Found()
        found.damaged = [*self._kept.damaged]
        self._kept.damaged.clear()
        return found


def _raise_if_usage(error: Exception) -> None:
    """A setting that cannot work is no property of one image: the run stops and says so."""
    if isinstance(error, HeatproofError) and error.exit_code in (2, 5):
        raise error


def _array(phi: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(phi.cpu().float().numpy())


def _points(curve: Curve) -> list[float | None]:
    values = curve.y.tolist() if isinstance(curve.y, Tensor) else curve.y
    return [None if v is None or math.isnan(v) else float(v) for v in values]


def _axis(curve: Curve) -> dict[str, Any]:
    return {
        "x": [float(v) for v in curve.x],
        "x_label": curve.x_label,
        "y_label": curve.y_label,
        "names": list(curve.names),
    }
