"""The garbage collector is as the caller had it after a run, whatever happened."""

import gc

import pytest

from heatproof.engine.heap import settled_heap


def test_what_is_alive_is_set_aside_and_everything_is_put_back() -> None:
    before = gc.get_threshold()
    assert gc.get_freeze_count() == 0
    with settled_heap():
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] >= before[0]
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_also_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), settled_heap():
        _ = 1 / 0
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    try:
        with settled_heap():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_the_caller_has_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with settled_heap():
            pass
        assert gc.get_freeze_count() >= frozen > 0
    finally:
        gc.unfreeze()


def test_cycles_of_the_run_itself_are_found() -> None:
    class Node:
        other: "Node | None" = None

    with settled_heap():
        a, b = Node(), Node()
        a.other, b.other = b, a
        del a, b
        assert gc.collect() > 0
