"""Points are built once for everybody who looks at them, and no more of them are kept than there is room for."""

import torch

from heatproof.engine.memo import RowsMemo
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import At, Cloud, Rows
from heatproof.vocabulary.query import LOGITS, Query

IMAGE = Image.of(torch.ones(1, 2, 2))
ONE = 4 * (4 + 8)
"""Bytes of a point, its float64 copy included."""
BUILT: list[tuple[int, int]] = []


class Counted(Cloud):
    """Notes what is built."""

    def rows(self, start: int, stop: int) -> Rows:
        BUILT.append((start, stop))
        return super().rows(start, stop)


def query(start: int, stop: int) -> Query:
    return Query(Counted(IMAGE, 0.1, 100), LOGITS, (), start, stop)


def built(memo: RowsMemo, *asked: tuple[int, int], owner: int = 0) -> list[tuple[int, int]]:
    """What has to be built when these are asked for, one after the other."""
    BUILT.clear()
    for start, stop in asked:
        rows = memo.builder(owner, query(start, stop))()
        assert torch.equal(rows.z, Cloud(IMAGE, 0.1, 100).rows(start, stop).z)
    return [*BUILT]


def test_a_stretch_is_built_once_and_stretches_are_told_apart() -> None:
    memo = RowsMemo(10**6)
    assert built(memo, (0, 4), (0, 4), (0, 3), (1, 4), (0, 3)) == [(0, 4), (0, 3), (1, 4)]
    at = memo.builder(0, Query(At(IMAGE), LOGITS, (), 0, 1))()
    assert torch.equal(at.z, IMAGE.x[None])


def test_the_least_recently_used_goes_first_and_the_last_is_kept_whatever_its_size() -> None:
    memo = RowsMemo(4 * ONE)
    assert built(memo, (0, 2), (2, 4), (0, 2), (4, 6), (0, 2), (2, 4)) == [(0, 2), (2, 4), (4, 6), (2, 4)]
    assert built(memo, (0, 50), (0, 50)) == [(0, 50)]


def test_what_belongs_to_a_finished_image_is_let_go_and_its_room_is_free() -> None:
    memo = RowsMemo(4 * ONE)
    assert built(memo, (0, 4), owner=1) == [(0, 4)]
    memo.drop(1)
    assert built(memo, (0, 2), (2, 4), (0, 2), (2, 4), owner=0) == [(0, 2), (2, 4)]
    memo.drop(1)
    assert built(memo, (0, 2), owner=0) == []
    assert built(memo, (0, 2), owner=1) == [(0, 2)]
