"""Points that several formulas look at, in the same round, are built once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from heatproof.vocabulary.points import Rows
from heatproof.vocabulary.query import Query


@dataclass
class RowsMemo:
    """The most recently built stretches of points, up to `limit` bytes, their float64 copies included."""

    limit: int
    _built: OrderedDict[tuple[object, ...], Rows] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def builder(self, owner: int, query: Query) -> Callable[[], Rows]:
        """() -> the points of this question."""
        key = (owner, query.points.image.key, query.points.key, query.start, query.stop)

        def build() -> Rows:
            if key in self._built:
                self._built.move_to_end(key)
                return self._built[key]
            rows = query.points.rows(query.start, query.stop)
            self._built[key] = rows
            self._bytes += _size(rows)
            while self._bytes > self.limit and len(self._built) > 1:
                self._bytes -= _size(self._built.popitem(last=False)[1])
            return rows

        return build

    def drop(self, owner: int) -> None:
        """Let go of what belongs to a finished image."""
        for key in [k for k in self._built if k[0] == owner]:
            self._bytes -= _size(self._built.pop(key))


def _size(rows: Rows) -> int:
    masks = 0 if rows.masks is None else rows.masks.numel()
    return rows.z.nbytes + 8 * rows.z.numel() + 9 * masks
