"""A study that stops half-way gives its model back at once, not when the garbage collector comes by."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

import heatproof as hp
from heatproof.check.families import network
from heatproof.check.supplies import pictures
from heatproof.check.watch import state_of, world
from heatproof.vocabulary.errors import HeatproofError


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("what", ["plan", "run"])
def test_the_model_is_given_back_while_the_error_is_still_looked_at(what: str, tmp_path: Path) -> None:
    net = network("residual")
    before, around = state_of(net), world()
    study = hp.Study(net, pictures(2), methods=[("occlusion", {"window": 9})], metrics=["gini"], controls=[], batch=8)
    with pytest.raises(HeatproofError, match="HP105") as kept:
        study.plan() if what == "plan" else study.run(tmp_path / "run")
    assert state_of(net) == before
    assert world() == around
    assert kept.value.code == "HP105"


def test_a_study_changes_nothing_of_the_caller(tmp_path: Path) -> None:
    net, x = network("residual"), pictures(2)
    before, around, pixels = state_of(net), world(), x.clone()
    study = hp.Study(net, x, methods=["gradient", "grad_cam"], metrics=["gini", "srg"], controls=["random"], batch=8)
    study.plan()
    study.run(tmp_path / "run")
    assert state_of(net) == before
    assert world() == around
    assert bool((x == pixels).all())
