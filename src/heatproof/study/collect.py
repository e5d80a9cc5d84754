"""Takes finished units and puts them into the store, a few times a second at most."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from heatproof.store.rows import Kind, MapRow, ScoreRow
from heatproof.store.store import Store
from heatproof.study.cases import Case
from heatproof.study.stored import album, picture
from heatproof.study.subject import Column, Row
from heatproof.study.units import cause_of
from heatproof.vocabulary.errors import HeatproofError, Undefined
from heatproof.vocabulary.reading import Curve, Reading

PAUSE = 1.0
"""Seconds between two commits: what a kill can cost."""


class Collector:
    """The sink of a run. Failed units are noted, and tried again by the next run."""

    def __init__(self, store: Store, index: int, finished: frozenset[tuple[str, ...]]) -> None:
        self._store, self._finished, self._axes_of = store, finished, f"axes {index}"
        self._maps: list[MapRow] = []
        self._scores: list[ScoreRow] = []
        self._last = time.monotonic()
        self._axes: dict[str, dict[str, Any]] = store.get_meta(self._axes_of) or {}
        """metric key -> curve name -> what its x axis is."""
        self._new_axes = False
        self.done: Counter[str] = Counter()

    def stored(self, case: Case, row: Row) -> Tensor | Exception | None:
        """The map, when an earlier run made it; Undefined when it found that there is none."""
        if (case.key, row.key) not in self._finished:
            return None
        array = self._store.load_map(case.key, row.key)
        if array is not None:
            return torch.from_numpy(array)
        reason = self._store.map_reason(case.key, row.key)
        return Undefined(reason) if reason else None

    def map(self, case: Case, row: Row, found: Tensor | Exception) -> None:
        """A map is made; a failed one is left out, so that it is tried again."""
        self.done["maps"] += 1
        if isinstance(found, Tensor):
            self._maps.append(MapRow(case.key, row.key, _array(found)))
        elif isinstance(found, Undefined):
            self._maps.append(MapRow(case.key, row.key, None, found.reason))
        else:
            _raise_if_usage(found)

    def score(self, case: Case, row: Row, column: Column, found: Reading | Exception, *, pictured: bool) -> None:
        """A score is read; its pictures are kept where they are asked for."""
        self.done["scores"] += 1
        unit = (case.key, row.key, column.key)
        if isinstance(found, Reading):
            curves = {name: _points(curve) for name, curve in found.curves.items()}
            self._scores.append(ScoreRow(*unit, float(found.value), None, curves))
            if pictured:
                self._keep(case, album(row.key, column.key), found.pictures)
            if found.curves and column.key not in self._axes:
                self._axes[column.key] = {name: _axis(curve) for name, curve in found.curves.items()}
                self._new_axes = True
            return
        _raise_if_usage(found)
        kind: Kind = "undefined" if isinstance(found, Undefined) else "failed"
        reason = found.reason if isinstance(found, Undefined) else cause_of(found)
        self._scores.append(ScoreRow(*unit, None, reason, {}, kind))
        if pictured and kind == "undefined":
            self._keep(case, album(row.key, column.key), {})

    def _keep(self, case: Case, name: str, pictures: Mapping[str, Tensor]) -> None:
        """Store pictures and, under the name of their album, that they are there."""
        for place, (called, phi) in enumerate(pictures.items()):
            self._maps.append(MapRow(case.key, picture(name, place, called), _array(phi)))
        self._maps.append(MapRow(case.key, name, None, f"{len(pictures)} pictures"))

    def tick(self) -> bool:
        """Commit when the pause is over; True if it was."""
        due = time.monotonic() - self._last >= PAUSE
        if due:
            self.commit()
        return due

    def commit(self) -> None:
        """Put everything that is finished into the store."""
        if self._new_axes:
            self._store.set_meta(self._axes_of, self._axes)
            self._new_axes = False
        if self._maps:
            self._store.put_maps(self._maps)
        if self._scores:
            self._store.put_scores(self._scores)
        self._maps, self._scores = [], []
        self._last = time.monotonic()


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
