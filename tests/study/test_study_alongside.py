"""`hp.explain` and `hp.score` with workers: who computes, what they share, and how they end."""

import os
import time

import pytest
import torch
from study_kit import SmallNet, images, study

import heatproof as hp
from heatproof.engine.workers import can_fork
from heatproof.models.room import Room
from heatproof.store.store import Store
from heatproof.study import known
from heatproof.study.collect import Collector
from heatproof.study.session import Session
from heatproof.study.subject import Subject
from heatproof.vocabulary.points import Cloud

pytestmark = pytest.mark.skipif(not can_fork(), reason="copies of a process need Linux and no accelerator")
HERE = os.getpid()


def who(f):
    """The process that explains."""
    return torch.full_like(f.image.x, float(os.getpid()))


def who_explains(n, workers):
    found = hp.explain(SmallNet(), images(n), who, batch=8, workers=workers)
    return {int(pid) for pid in found.double().flatten().tolist()}


@pytest.mark.parametrize(("n", "workers", "here"), [(2, 2, False), (3, 2, False), (3, 1, True), (1, 2, True)])
def test_who_explains(n, workers, here):
    assert (os.getpid() in who_explains(n, workers)) == here


def test_auto_is_one_worker_for_each_thread_and_threads_come_back():
    before = torch.get_num_threads()
    try:
        assert os.getpid() in who_explains(2, "auto")
        torch.set_num_threads(2)
        assert os.getpid() not in who_explains(2, "auto")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_pre_flight_has_the_threads_of_the_work(monkeypatch):
    threads, settle, before = [], known.settle, torch.get_num_threads()
    monkeypatch.setattr(known, "settle", lambda *given: threads.append(torch.get_num_threads()) or settle(*given))
    net = SmallNet()
    try:
        torch.set_num_threads(2)
        for workers in (1, 2, 1, 2):
            hp.explain(net, images(2), "gradient", batch=8, workers=workers)
    finally:
        torch.set_num_threads(before)
    assert threads == [2, 1]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, 2.0, "many", True, None])
def test_a_wrong_number_of_workers_is_refused_in_one_line(wrong):
    with pytest.raises(hp.HeatproofError, match=r"^HP105 workers cannot be .*; it takes auto or a whole number from 1"):
        hp.explain(SmallNet(), images(2), "gradient", workers=wrong)
    with pytest.raises(hp.HeatproofError, match=r"^HP105 workers"):
        hp.score(SmallNet(), images(2), images(2), "deletion", workers=wrong)


def test_workers_share_the_memory_and_the_images(tmp_path, monkeypatch):
    executor = Session.executor

    def checked(self, *given, workers=1, images=64):
        if os.getpid() != HERE:
            assert (workers, images, self.room.remembers) == (2, 3, Room.remembers // 2)
        return executor(self, *given, workers=workers, images=images)

    monkeypatch.setattr(Session, "executor", checked)
    hp.explain(SmallNet(), images(5), "gradient", batch=8, workers=2)
    study(5, workers=2).run(tmp_path / "run")


class Counted(SmallNet):
    """Takes its time, and counts its batches in all processes."""

    def __init__(self):
        super().__init__()
        self.seen = (torch.zeros(8, dtype=torch.long).share_memory_(),)  # no buffer: those are copied

    def forward(self, x):
        if os.getpid() != HERE:
            self.seen[0][0] += 1
            time.sleep(0.005)
        return super().forward(x)


BATCHES = 50


async def slow(f):
    """The mean of many gradients, or the end of the process."""
    if float(f.image.x[0, 0, 0]) == 0.25 and os.getpid() != HERE:
        os._exit(7)
    return await f.grad(Cloud(f.image, 0.1, 8 * BATCHES)).mean()


def test_when_one_worker_ends_the_others_do_not_finish_everything_first():
    x, net = images(8), Counted()
    x[0, 0, 0, 0] = 0.25
    with pytest.raises(hp.HeatproofError, match=r"HP224 .*exit code 7"):
        hp.explain(net, x, slow, target=0, batch=8, workers=2)
    assert int(net.seen[0][0]) < 3 * BATCHES


def test_nor_do_those_of_a_study(tmp_path, monkeypatch):
    net, work = Counted(), Subject.work

    async def ending(self, case, missing, sink):
        if case.key == self.cases[0].key and os.getpid() != HERE:
            os._exit(7)
        await work(self, case, missing, sink)

    monkeypatch.setattr(Subject, "work", ending)
    many = ("smoothgrad", {"n": 8 * BATCHES})
    with pytest.raises(hp.HeatproofError, match=r"HP224 .*exit code 7"):
        study(8, methods=[many], metrics=["gini"], net=net, workers=2).run(tmp_path / "run")
    assert int(net.seen[0][0]) < 3 * BATCHES


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_finished_since_the_last_report_is_kept_when_a_run_ends(tmp_path, monkeypatch, workers):
    monkeypatch.setattr("heatproof.study.crew.PAUSE", 1e9)
    work = Subject.work

    async def stopping(self, case, missing, sink):
        await work(self, case, missing, sink)
        if isinstance(sink, Collector):
            raise KeyboardInterrupt

    monkeypatch.setattr(Subject, "work", stopping)
    with pytest.raises(KeyboardInterrupt):
        study(3, workers=workers).run(tmp_path / "run")
    with Store.read(tmp_path / "run") as store:
        assert list(store.scores())


@pytest.mark.parametrize("workers", [1, 2])
def test_what_goes_wrong_beside_the_formulas_ends_the_run(tmp_path, monkeypatch, workers):
    def full(self, case, row, found):
        raise hp.HeatproofError("HP999", "no room for this map")

    monkeypatch.setattr(Collector, "map", full)
    with pytest.raises(hp.HeatproofError, match="no room"):
        study(3, workers=workers).run(tmp_path / "run")


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_maps_of_every_type_come_back(dtype):
    net, x = SmallNet().to(dtype), images(3).to(dtype)
    alone, several = (hp.explain(net, x, "gradient", batch=8, workers=w) for w in (1, 2))
    assert several.dtype == dtype
    assert torch.equal(alone, several)
