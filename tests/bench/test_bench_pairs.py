"""Pairs that are timed in turns: what is a ratio, what is its spread, and what happens when a side fails."""

import pytest
from pairs import alternate, attempt, ratio_of, spread


class Clock:
    """A clock that the work itself moves on."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def __call__(self):
        return self.now

    def work(self, name, *seconds):
        left = list(seconds)

        def run():
            self.calls.append(name)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return run


def test_a_ratio_is_taken_round_by_round():
    found = ratio_of([1.0, 2.0, 10.0], [3.0, 4.0, 20.0])  # the machine was slow in the last round, for both
    assert (found.ratio, found.low, found.high, found.rounds) == (2.0, 2.0, 3.0, 3)
    assert (found.ours, found.theirs) == (2.0, 4.0)


def test_the_spread_is_of_quartiles_once_there_are_four():
    assert spread([5.0, 1.0, 3.0]) == (1.0, 5.0)
    assert spread([1.0, 2.0, 3.0, 4.0]) == (1.75, 3.25)
    assert spread([1.0, 2.0, 3.0, 4.0, 100.0]) == (2.0, 4.0)


@pytest.mark.parametrize(("ours", "theirs"), [([], []), ([1.0], [1.0, 2.0])])
def test_rounds_have_two_sides(ours, theirs):
    with pytest.raises(ValueError, match="as many rounds"):
        ratio_of(ours, theirs)


def test_both_sides_take_turns_and_the_first_round_warms_up():
    clock = Clock()
    found = alternate(clock.work("a", 9.0, 1.0), clock.work("b", 9.0, 2.0), seconds=1e6, rounds=3, clock=clock)
    assert clock.calls == ["a", "b"] * 4
    assert (found.ratio, found.low, found.high, found.rounds) == (2.0, 2.0, 2.0, 3)


def test_the_time_that_there_is_ends_the_rounds():
    clock = Clock()
    assert alternate(clock.work("a", 1.0), clock.work("b", 2.0), seconds=10.0, rounds=99, clock=clock).rounds == 2


def test_one_round_that_takes_all_the_time_is_the_only_one():
    clock = Clock()
    found = alternate(clock.work("a", 6.0), clock.work("b", 18.0), seconds=10.0, clock=clock)
    assert clock.calls == ["a", "b"]
    assert (found.ratio, found.rounds) == (3.0, 1)


def test_a_side_that_fails_is_a_row(capsys):
    def fails():
        raise KeyError("no such\n method")

    assert attempt("x", fails) == {"label": "x", "failed": "failed: KeyError: 'no such\\n method'"}
    assert "failed: KeyError" in capsys.readouterr().out
