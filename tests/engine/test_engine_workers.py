"""Copies of the process share a list of work, and every end of one is heard."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import torch

from heatproof.engine.workers import can_fork, portable, share_out
from heatproof.vocabulary.errors import HeatproofError, problem

pytestmark = pytest.mark.skipif(not can_fork(), reason="copies of a process need Linux and no accelerator")


def told(pieces, workers, work):
    heard = []
    share_out(pieces, workers, work, lambda worker, thing: heard.append((worker, thing)))
    return heard


def squares(places, send, look):
    for i in places:
        send((os.getpid(), torch.get_num_threads(), i, i * i))


def test_every_piece_is_taken_once_by_somebody():
    heard = told(100, 3, squares)
    assert sorted(i for _, (_, _, i, _) in heard) == list(range(100))
    assert all(square == i * i for _, (_, _, i, square) in heard)
    assert {threads for _, (_, threads, _, _) in heard} == {1}
    pids = {pid for _, (pid, *_) in heard}
    assert os.getpid() not in pids
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids), "not even as a zombie"
    for worker in range(3):
        assert len({pid for who, (pid, *_) in heard if who == worker}) <= 1


def test_no_piece_is_taken_twice_however_fast_they_go():
    heard = told(20_000, 3, lambda places, send, look: send([*places]))
    assert sorted(i for _, taken in heard for i in taken) == list(range(20_000))


def test_more_workers_than_pieces():
    assert sorted(i for _, (_, _, i, _) in told(2, 5, squares)) == [0, 1]
    assert told(0, 2, squares) == []


def test_who_is_free_takes_the_next():
    def uneven(places, send, look):
        for i in places:
            time.sleep(0.4 if i == 0 else 0.001)
            send(i)

    heard = told(20, 2, uneven)
    slow = next(who for who, i in heard if i == 0)
    assert sum(who == slow for who, _ in heard) < 10


def test_a_gradient_can_be_taken_in_a_copy_after_one_in_the_parent():
    def slope(x):
        x = x.clone().requires_grad_()
        (x**3).sum().backward()
        return x.grad.tolist()

    slope(torch.ones(2))

    def work(places, send, look):
        for i in places:
            send(slope(torch.full((2,), float(i))))

    assert sorted(thing for _, thing in told(3, 2, work))[1:] == [[3.0, 3.0], [12.0, 12.0]]


def test_an_error_in_one_ends_all_and_says_where():
    def failing(places, send, look):
        for i in places:
            look()
            send(i)
            if i == 3:
                raise problem("HP105", setting="n", value=12, valid="less")
            time.sleep(0.01)

    heard = []
    with pytest.raises(HeatproofError, match=r"^HP105 .*12") as caught:
        share_out(1000, 2, failing, lambda worker, thing: heard.append(thing))
    assert caught.value.exit_code == 2
    assert "failing" in str(caught.value.__cause__)
    assert 3 in heard
    assert len(heard) < 500


def test_an_error_that_cannot_be_copied_is_told_in_words():
    class Odd(Exception):
        def __init__(self, a, b):
            super().__init__(f"{a} and {b}")

    def failing(places, send, look):
        raise Odd(1, 2)

    with pytest.raises(RuntimeError, match="Odd: 1 and 2"):
        told(3, 2, failing)


class Wordy(Exception):
    """Puts words around what it is given, which happens once more when it is made again from them."""

    def __init__(self, name):
        super().__init__(f"no layer {name} here")


def test_an_error_says_the_same_in_another_process():
    def failing(places, send, look):
        raise Wordy("fc")

    with pytest.raises(RuntimeError, match=r"^Wordy: no layer fc here$"):
        told(1, 1, failing)
    assert portable(None) is None


def test_a_worker_has_no_workers():
    assert told(2, 1, lambda places, send, look: [send(can_fork()) for _ in places]) == [(0, False)] * 2


def test_a_killed_worker_is_named_and_the_others_hand_over_what_they_have():
    def dying(places, send, look):
        for i in places:
            look()
            send(i)
            if i == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(0.01)

    heard = []
    with pytest.raises(HeatproofError, match=r"HP224 .*signal 9") as caught:
        share_out(10_000, 2, dying, lambda worker, thing: heard.append(thing))
    assert caught.value.exit_code == 5
    assert len(set(heard)) == len(heard) < 9_000


def test_interrupted_the_workers_first_hand_over_what_they_have():
    kept, heard = "unsent", []

    def work(places, send, look):
        done = 0
        try:
            for i in places:
                look()
                done += 1
                send(i)
                time.sleep(0.005)
        finally:
            send((kept, done))

    def receive(worker, thing):
        heard.append(thing)
        if thing == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        share_out(100_000, 2, work, receive)
    last = [thing for thing in heard if isinstance(thing, tuple)]
    assert len(last) == 2
    assert sum(done for _, done in last) == len(heard) - 2


def test_a_second_interrupt_waits_for_nobody_and_the_first_error_is_told():
    finished = torch.zeros(1).share_memory_()

    def deaf(places, send, look):
        send("first")
        send("second")
        time.sleep(5)
        finished[0] = 1

    def receive(worker, thing):
        raise ZeroDivisionError if thing == "first" else KeyboardInterrupt

    with pytest.raises(ZeroDivisionError):
        share_out(1, 1, deaf, receive)
    assert float(finished) == 0


def test_no_worker_outlives_a_killed_parent(tmp_path):
    script = textwrap.dedent("""
        import os, sys, time
        from heatproof.engine.workers import share_out
        def work(places, send, look):
            for i in places:
                send(os.getpid())
                time.sleep(60)
        share_out(2, 2, work, lambda worker, pid: print(pid, flush=True))
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        assert all(alive(pid) for pid in workers)
        parent.kill()
    until = time.monotonic() + 10
    while any(alive(pid) for pid in workers) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(alive(pid) for pid in workers)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_a_worker_that_is_killed_in_the_middle_of_a_message_is_named_too():
    def dying(places, send, look):
        os.write(send.__self__.fileno(), (1000).to_bytes(4, "big") + b"the beginning")
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(HeatproofError, match=r"HP224 .*signal 9"):
        told(1, 1, dying)
