"""Questions that can share a batch: the same edits of the model, the same kind of answer, the same image shape."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

from heatproof.vocabulary.edits import Edit, Rescale
from heatproof.vocabulary.links import Link
from heatproof.vocabulary.points import Points, Rows
from heatproof.vocabulary.query import Query


class GroupKey(NamedTuple):
    """What must be equal for points to go through the model together."""

    kind: str
    edits: tuple[Edit, ...]
    link: Link
    layer: str
    shape: tuple[int, ...]
    few: bool = False
    """Questions of a point or two, in small batches: a single one would fill a large batch with padding."""
    precision: str = ""

    @classmethod
    def of(cls, query: Query, *, steady: bool) -> GroupKey:
        """The group this question belongs to; where bits are `steady`, questions of all lengths share one."""
        q = query.quantity
        points, shape = query.points, tuple(query.points.image.x.shape)
        key = cls(q.kind, query.edits, q.link, q.layer, shape, points.few, q.precision)
        return key._replace(few=False) if steady and not key.paired else key

    @property
    def paired(self) -> bool:
        """Its points are pairs, whose halves go through the model in shapes of their own."""
        return any(isinstance(edit, Rescale) for edit in self.edits)


class Piece(NamedTuple):
    """Points start..stop of a family that have to go through the model."""

    owner: int
    family: tuple[object, ...]
    points: Points
    target: int
    start: int
    stop: int
    asked: tuple[int, Callable[[], Rows]] | None = None
    """Where the question began that this is a stretch of, and its points, which its formula may look at too."""

    def rows(self) -> Tensor:
        """The points themselves (stop - start, C, H, W)."""
        if self.asked is None:
            return self.points.rows(self.start, self.stop).z
        first, build = self.asked
        return build().z[self.start - first : self.stop - first]


@dataclass
class Group:
    """The pieces waiting for one kind of evaluation, oldest first."""

    key: GroupKey
    pieces: deque[Piece] = field(default_factory=deque)
    born: int = 0
    waiting: int = 0
    """Points that wait."""

    def add(self, piece: Piece) -> None:
        """Put a piece into the queue."""
        self.pieces.append(piece)
        self.waiting += piece.stop - piece.start

    def batch(self, rows: int) -> list[Piece]:
        """Take up to `rows` points off the queue."""
        taken: list[Piece] = []
        while self.pieces and rows:
            piece = self.pieces.popleft()
            n = min(rows, piece.stop - piece.start)
            if n < piece.stop - piece.start:
                self.pieces.appendleft(piece._replace(start=piece.start + n))
                piece = piece._replace(stop=piece.start + n)
            taken.append(piece)
            self.waiting -= n
            rows -= n
        return taken
