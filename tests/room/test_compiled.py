"""Compiled forwards: the same outputs, for plain questions of the one shape only."""

import shutil

import pytest
import torch
from torch import nn

import heatproof as hp
from heatproof.models.compiled import compile_forwards
from heatproof.models.prepare import prepared
from heatproof.vocabulary.edits import GuidedReLU, Randomized

COMPILER = pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="no C++ compiler")


def net():
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 3)
    ).eval()


X = torch.rand(6, 1, 9, 9, generator=torch.Generator().manual_seed(4))
OPTIONS = {"methods": ["gradient", ("occlusion", {"window": 3, "stride": 3})], "controls": [], "batch": 4}
METRICS = [("deletion", {"steps": 5}), ("parameter_randomization", {"stages": 1})]


@COMPILER
def test_only_plain_forwards_of_the_one_shape_are_compiled():
    with prepared(net(), torch.device("cpu")) as room:
        plain = room.logits(X[:4])
        assert compile_forwards(room, X[:4], "") is None
        calls = []
        inner = room.compiled
        room.compiled = type(inner)(inner.shape, lambda x: calls.append(len(x)) or inner.forward(x))
        assert torch.allclose(room.logits(X[:4]), plain, atol=1e-5)
        assert calls == [4]
        with room.edited((Randomized(("5",), 0),)):
            assert not torch.allclose(room.logits(X[:4]), plain, atol=1e-3)
        with room.edited((GuidedReLU(),)):
            room.logits(X[:4])
        room.gradient(X[:4], torch.zeros(4, dtype=torch.long), "logit")
        room.logits(X[:2])
        assert calls == [4]
        assert torch.equal(room.logits(X[:4]), inner.forward(X[:4]))


@COMPILER
def test_a_study_with_compiled_forwards_has_its_own_keys_and_nearly_the_same_values(tmp_path):
    plain = hp.Study(net(), X, metrics=METRICS, **OPTIONS).run(tmp_path / "run")
    compiled = hp.Study(net(), X, metrics=METRICS, compiled=True, **OPTIONS)
    assert compiled.plan(tmp_path / "run").units_done == 0
    several = hp.Study(net(), X, metrics=METRICS, compiled=True, workers=2, **OPTIONS).run(tmp_path / "two")
    alone = compiled.run(tmp_path / "one")
    assert alone.view.digest == several.view.digest != plain.view.digest
    a, b = (r.frame().sort_values(["image", "method", "metric"]).value.to_numpy() for r in (plain, alone))
    assert abs(a - b).max() < 1e-3


def test_what_cannot_be_compiled_is_said_and_runs_all_the_same(tmp_path, monkeypatch):
    def refuse(*given, **options):
        raise RuntimeError("no C++ compiler\nand a long story")

    plain = hp.Study(net(), X[:2], metrics=METRICS[:1], **OPTIONS).run(tmp_path / "plain")
    monkeypatch.setattr(torch, "compile", refuse)
    study = hp.Study(net(), X[:2], metrics=METRICS[:1], compiled=True, **OPTIONS)
    (warning,) = [w for w in study.plan().warnings if "compiled" in w]
    assert "RuntimeError: no C++ compiler" in warning
    assert "story" not in warning
    assert study.run(tmp_path / "run").view.digest == plain.view.digest


def test_outputs_that_differ_are_not_used(monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda module, **options: lambda x: module(x) * 1.01)
    with prepared(net(), torch.device("cpu")) as room:
        assert "differ" in compile_forwards(room, X[:4], "")
        assert room.compiled is None


@pytest.mark.parametrize("wrong", [1, "yes", None])
def test_compiled_is_true_or_false(wrong):
    with pytest.raises(hp.HeatproofError, match=r"compiled.*true or false"):
        hp.Study(net(), X, metrics=METRICS, compiled=wrong, **OPTIONS)
