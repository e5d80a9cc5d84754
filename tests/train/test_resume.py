"""Killed at any moment, the same training continues and ends with the same bytes."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from heatproof.train import loop, resume
from heatproof.train.cache import cached, trained
from heatproof.train.recipes import settled
from heatproof.vocabulary.errors import HeatproofError

KINDS = {
    "shipped": ("digits-mlp", {"epochs": 3, "images": 200}),
    "attacked": ("digits-mlp", {"epochs": 2, "images": 130, "adversarial": "l2", "epsilon": 1.0, "random_start": True}),
    "dropout": ("basic-cnn", {"epochs": 2, "images": 100, "batch": 40, "data": "mnist5k"}),
    "sgd": ("digits-mlp", {"epochs": 3, "images": 200, "optimiser": "sgd", "schedule": "steps", "milestones": (0.4,)}),
}


class Stop(Exception):
    """Stands for the end of a process."""


@pytest.mark.parametrize("kind", KINDS)
def test_interrupted_between_any_two_steps_it_ends_with_the_same_bytes(kind, tmp_path, monkeypatch):
    name, given = KINDS[kind]
    whole = loop.train(name, out=tmp_path / "whole.safetensors", **given).path.read_bytes()
    monkeypatch.setattr(resume, "EVERY", 0.0)
    keep, out = resume.Checkpoint.keep, tmp_path / "stopped.safetensors"
    for steps in (1, 2):
        left = iter(range(steps))

        def stopping(self, course, left=left):
            keep(self, course)
            if next(left, None) is None:
                raise Stop

        monkeypatch.setattr(resume.Checkpoint, "keep", stopping)
        try:
            loop.train(name, out=out, **given)
        except Stop:
            assert not out.exists()
            assert len(list(tmp_path.glob(".stopped*unfinished"))) == 1
    monkeypatch.setattr(resume.Checkpoint, "keep", keep)
    heard = []
    result = loop.train(name, out=out, progress=lambda *now: heard.append(now), **given)
    assert result.path.read_bytes() == whole
    assert sorted(p.name for p in tmp_path.iterdir()) == ["stopped.safetensors", "whole.safetensors"]


def test_other_settings_never_take_up_the_state_and_fresh_begins_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "EVERY", 0.0)
    out = tmp_path / "w.safetensors"

    def stop(epoch, of, loss):
        raise Stop

    def heard_epochs(**given):
        heard = []
        loop.train("digits-mlp", out=out, images=64, progress=lambda e, of, loss: heard.append(e), **given)
        return heard

    with pytest.raises(Stop):
        loop.train("digits-mlp", out=out, images=64, epochs=3, progress=stop)
    assert heard_epochs(epochs=2) == [1, 2]
    (state,) = tmp_path.glob(".w*unfinished")
    assert heard_epochs(epochs=3, fresh=True) == [1, 2, 3]
    assert not state.exists()


def test_a_damaged_state_is_named(tmp_path):
    settings = settled("digits-mlp", {"images": 64, "epochs": 1})
    state = tmp_path / f".w.safetensors.{settings.digest[:12]}.unfinished"
    state.write_bytes(b"nonsense")
    with pytest.raises(HeatproofError, match=r"HP960 .*unfinished.*--fresh") as caught:
        loop.train("digits-mlp", out=tmp_path / "w.safetensors", images=64, epochs=1)
    assert caught.value.exit_code == 5


def test_killed_at_random_moments(tmp_path):
    """kill -9 of the real process, as often as it takes to get through."""
    run = "from heatproof.train import resume; resume.EVERY = 0.0\nfrom heatproof.cli import main; main()"
    arguments = ["train", "digits-mlp", "--epochs", "6", "--images", "640", "--quiet", "--out"]
    command = [sys.executable, "-c", run, *arguments]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, "OMP_NUM_THREADS": "1"}}
    loop.train("digits-mlp", out=tmp_path / "whole.safetensors", epochs=6, images=640)
    out, moments, killed = tmp_path / "killed.safetensors", random.Random(5), 0
    for _ in range(2):
        child = subprocess.Popen([*command, str(out)], **quiet)
        began = time.monotonic()
        while not list(tmp_path.glob(".killed*")) and child.poll() is None and time.monotonic() - began < 60:
            time.sleep(0.01)
        time.sleep(moments.uniform(0.0, 0.4))
        child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        if out.exists():
            break
    assert killed
    subprocess.run([*command, str(out)], check=True, **quiet)
    assert out.read_bytes() == (tmp_path / "whole.safetensors").read_bytes()
    assert not list(tmp_path.glob(".killed*unfinished"))


def test_the_cache_makes_weights_once_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("HEATPROOF_CACHE", str(tmp_path / "cache"))
    settings, told = settled("digits-mlp", {"images": 64, "epochs": 1}), []
    path = trained(settings, told.append)
    assert path == cached(settings)
    assert path.parent == tmp_path / "cache"
    assert path.name == f"digits-mlp-{settings.digest}.safetensors"
    assert ["epoch 1 of 1" in line for line in told] == [False, True, False]
    assert trained(settings, told.append) == path
    assert len(told) == 3


def test_a_changed_folder_is_other_data(tmp_path, monkeypatch):
    monkeypatch.setenv("HEATPROOF_CACHE", str(tmp_path / "cache"))
    (tmp_path / "photos").mkdir()
    settings = settled("digits-mlp", {"data": f"folder:{tmp_path / 'photos'}"})
    before = cached(settings)
    (tmp_path / "photos" / "a.png").write_bytes(b"x")
    assert cached(settings) != before
    assert cached(settled("digits-mlp", {})).stem.endswith(settled("digits-mlp", {}).digest)
