"""Any number of workers gives the same bytes, and nothing that one of them finds is lost."""

import os
import signal

import pytest
import torch
from study_kit import METHODS, METRICS, SmallNet, images, study

import heatproof as hp
from heatproof.engine.workers import can_fork
from heatproof.study.crew import one_thread, workers_for
from heatproof.study.subject import Subject

pytestmark = pytest.mark.skipif(not can_fork(), reason="copies of a process need Linux and no accelerator")


def files(folder):
    return {f.name: f.read_bytes() for f in folder.rglob("*.safetensors")}


def test_any_number_of_workers_gives_the_same_bytes_and_the_same_counts(tmp_path):
    alone = study(7, workers=1).run(tmp_path / "1")
    for workers in (2, 3, 8):
        several = study(7, workers=workers).run(tmp_path / str(workers))
        assert several.view.digest == alone.view.digest
        assert files(tmp_path / str(workers)) == files(tmp_path / "1")
        assert several.frame().equals(alone.frame())
        for name in ("asked", "run", "forwards", "gradients"):
            assert several.view.cost[name] == alone.view.cost[name]


def test_plan_and_run_agree_and_the_same_run_again_evaluates_nothing(tmp_path):
    planned = study(5, workers=2).plan()
    first = study(5, workers=2).run(tmp_path / "run").view
    assert (planned.forwards, planned.gradients) == (first.cost["forwards"], first.cost["gradients"])
    again = study(5, workers=2).run(tmp_path / "run").view
    assert again.cost["run"] == first.cost["run"]
    assert again.digest == first.digest


def test_workers_use_the_maps_that_are_there_and_replace_a_damaged_one(tmp_path):
    folder = tmp_path / "run"
    study(5, metrics=METRICS[:1], workers=1).run(folder)
    damaged, *_ = sorted((folder / "maps").rglob("*.safetensors"), key=lambda f: f.stat().st_size)
    damaged.write_bytes(b"nonsense")
    grown = study(5, workers=2).run(folder)
    assert grown.view.digest == study(5, workers=1).run(tmp_path / "at once").view.digest
    assert files(folder) == files(tmp_path / "at once")
    assert any(damaged.name in event["text"] for event in grown.view.events)


def test_a_setting_that_cannot_work_ends_the_run_with_its_message(tmp_path):
    class Stop(hp.HeatproofError):
        exit_code = 2

    def refusing(f):
        """Refused."""
        raise Stop("HP999", "this setting cannot work")

    mine = hp.Study(SmallNet(), images(3), methods=[refusing], metrics=["gini"], controls=[], workers=2)
    with pytest.raises(hp.HeatproofError, match="HP999"):
        mine.run(tmp_path / "run")


def test_stopped_in_the_middle_what_is_finished_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("heatproof.study.crew.PAUSE", 0.0)

    def stop(self, done, spent):
        if done >= 6:
            raise KeyboardInterrupt

    monkeypatch.setattr("heatproof.study.progress.Watch.look", stop)
    with pytest.raises(KeyboardInterrupt):
        study(8, workers=2).run(tmp_path / "stopped")
    view = hp.read_result(tmp_path / "stopped").view
    assert view.missing
    assert view.cost["run"] > 0
    monkeypatch.undo()
    whole = study(8, workers=1).run(tmp_path / "whole").view
    assert study(8, workers=3).run(tmp_path / "stopped").view.digest == whole.digest


def test_a_worker_that_is_killed_costs_only_what_it_had_not_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("heatproof.study.crew.PAUSE", 0.0)
    work, parent = Subject.work, os.getpid()

    async def dying(self, case, missing, sink):
        await work(self, case, missing, sink)
        if case.key == self.cases[3].key and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(Subject, "work", dying)
    with pytest.raises(hp.HeatproofError, match="HP224"):
        study(6, workers=2).run(tmp_path / "run")
    monkeypatch.undo()
    whole = study(6, workers=1).run(tmp_path / "whole").view
    assert study(6, workers=2).run(tmp_path / "run").view.digest == whole.digest


def test_how_many_workers_there_are():
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert workers_for("auto", cpu, 4) == 4
    assert workers_for(3, cpu, 1) == 3
    assert workers_for("auto", cuda, 4) == workers_for(1, cuda, 4) == 1
    with pytest.raises(hp.HeatproofError, match=r"HP225 compute.workers is 2.* on cuda"):
        workers_for(2, cuda, 4)


def test_the_callers_threads_come_back():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with one_thread() as cores:
            assert (cores, torch.get_num_threads()) == (2, 1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "many", True])
def test_a_wrong_number_of_workers_is_refused(wrong):
    with pytest.raises(hp.HeatproofError, match=r"workers.*auto or a whole number, at least 1"):
        study(2, methods=METHODS[:1], workers=wrong)


@pytest.mark.parametrize("method", ["smoothgrad", "edges", "integrated_gradients"])
def test_the_direct_functions_with_workers_give_the_same_tensors(method):
    net, x = SmallNet(), images(5)
    alone, several = (hp.explain(net, x, method, batch=8, workers=w) for w in (1, 3))
    assert torch.equal(alone, several)
    values = [hp.score(net, x, alone, "deletion", steps=4, batch=8, workers=w) for w in (1, 2, "auto")]
    assert torch.equal(values[0], values[1])
    assert torch.equal(values[0], values[2])


def test_what_a_worker_cannot_say_of_one_image_stays_with_that_image():
    class Shy(SmallNet):
        def forward(self, x):
            return super().forward(x) / (x[:, 0, 0, :1] != 0.25).float()

    x = images(4)
    x[1, 0, 0, 0] = 0.25
    alone, several = (hp.explain(Shy(), x, "gradient", target=0, batch=8, workers=w) for w in (1, 2))
    assert several.isnan().flatten(1).all(1).tolist() == [False, True, False, False]
    assert torch.equal(alone.nan_to_num(7), several.nan_to_num(7))


def test_an_error_in_a_worker_is_the_error_of_the_call():
    def failing(f):
        """0."""
        raise ZeroDivisionError("nothing to divide by")

    with pytest.raises(ZeroDivisionError, match="nothing to divide by"):
        hp.explain(SmallNet(), images(4), failing, workers=2)
