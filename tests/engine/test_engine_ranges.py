"""Index ranges and held answers, against the plain set of what is there."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heatproof.engine.held import Held
from heatproof.engine.ranges import missing

RANGES = st.tuples(st.integers(0, 30), st.integers(0, 12)).map(lambda r: (r[0], r[0] + r[1]))


@given(st.lists(RANGES), RANGES)
@settings(max_examples=300, deadline=None)
def test_missing_is_what_no_range_covers(held: list[tuple[int, int]], wanted: tuple[int, int]) -> None:
    gaps = missing(held, *wanted)
    covered = {i for a, b in held for i in range(a, b)}
    assert [i for a, b in gaps for i in range(a, b)] == [i for i in range(*wanted) if i not in covered]
    assert all(a < b for a, b in gaps)


STEPS = st.one_of(
    st.tuples(st.just("add"), RANGES),
    st.tuples(st.just("ask"), RANGES),
    st.tuples(st.just("fail"), RANGES),
    st.tuples(st.just("forget"), st.just((0, 0))),
)


def answer(start: int, stop: int) -> torch.Tensor:
    """The answer to point i is i."""
    return torch.arange(start, stop, dtype=torch.float64)


class Model:
    """What `Held` must be equal to: sets of indices."""

    def __init__(self) -> None:
        self.held: set[int] = set()
        self.pending: set[int] = set()
        self.waiting: dict[int, tuple[int, int]] = {}

    def covers(self, start: int, stop: int) -> bool:
        return self.held >= set(range(start, stop))


def _step(held: Held[int], model: Model, number: int, what: str, wanted: tuple[int, int]) -> None:
    start, stop = wanted
    if what == "add" and start < stop:
        held.add(start, answer(start, stop))
        model.held |= set(range(start, stop))
        model.pending -= set(range(start, stop))
        served = {w: model.waiting.pop(w) for w, r in [*model.waiting.items()] if model.covers(*r)}
        assert {w: r for r, w in held.served()} == served
    elif what == "ask" and start < stop:
        unasked = held.unasked(start, stop)
        flat = {i for a, b in unasked for i in range(a, b)}
        assert flat == set(range(start, stop)) - model.held - model.pending
        held.pending += unasked
        model.pending |= flat
        if not model.covers(start, stop):
            held.waiters.append((wanted, number))
            model.waiting[number] = wanted
    elif what == "fail":
        lost = set(held.fail(start, stop))
        assert lost == {w for w, (a, b) in model.waiting.items() if a < stop and b > start}
        model.pending -= set(range(start, stop))
        for w in lost:
            del model.waiting[w]
    elif what == "forget":
        held.forget()
        model.held = {i for a, b, _ in held.pieces for i in range(a, b)} & model.held


@given(st.lists(STEPS, max_size=25))
@settings(max_examples=300, deadline=None)
def test_held_answers_are_the_set_of_what_was_added(steps: list[tuple[str, tuple[int, int]]]) -> None:
    held, model = Held[int](), Model()
    for number, (what, wanted) in enumerate(steps):
        _step(held, model, number, what, wanted)
        pieces = [i for a, b, _ in held.pieces for i in range(a, b)]
        assert sorted(pieces) == sorted(model.held), "an index is held twice, or is lost"
        assert held.nbytes == 8 * len(model.held)
        assert {i for a, b in held.pending for i in range(a, b)} == model.pending
        for a, b, values in held.pieces:
            assert torch.equal(values, answer(a, b))
        for start, stop in ((0, 5), (3, 30), (10, 11)):
            assert held.covers(start, stop) == model.covers(start, stop)
            if model.covers(start, stop):
                assert torch.equal(held.take(start, stop), answer(start, stop))


@given(st.lists(RANGES.filter(lambda r: r[0] < r[1]), min_size=1, max_size=6), RANGES.filter(lambda r: r[0] < r[1]))
@settings(max_examples=200, deadline=None)
def test_what_somebody_waits_for_is_never_forgotten(added: list[tuple[int, int]], wanted: tuple[int, int]) -> None:
    held = Held[int]()
    held.waiters.append((wanted, 0))
    for a, b in added:
        held.add(a, answer(a, b))
    before = {i for a, b, _ in held.pieces for i in range(a, b)} & set(range(*wanted))
    held.forget()
    assert before <= {i for a, b, _ in held.pieces for i in range(a, b)}
