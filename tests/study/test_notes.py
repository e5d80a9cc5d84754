"""Notes: numbers that a method gives beside its map are kept with it, and a metric never sees them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from study_kit import SmallNet, images, study

import heatproof as hp
from heatproof.engine.executor import Executor
from heatproof.store.parts import part_path
from heatproof.store.store import Store
from heatproof.vocabulary.errors import HeatproofError, Undefined
from heatproof.vocabulary.explanation import Explanation
from heatproof.vocabulary.reading import Reading


async def noting(f):
    """grad f(x), and how large it is."""
    g = await f.grad(f.x).one()
    return Explanation(g, {"size": g.abs().sum(), "steps": 3, "unknown": float("nan")})


async def bare(f):
    """grad f(x)."""
    return await f.grad(f.x).one()


async def sometimes(f):
    """grad f(x), where the image begins brightly."""
    if f.image.x[0, 0, 0] < 0.5:
        raise Undefined("a dark corner")
    return Explanation(await f.grad(f.x).one(), {"corner": f.image.x[0, 0, 0]})


async def explained_again(f, phi, explain):
    """1 where the map made again is a tensor that equals phi."""
    again = await explain(f)
    return Reading(float(isinstance(again, torch.Tensor) and torch.equal(again, phi)))


def ran(folder: Path, *methods: object, n: int = 4):
    return study(n, methods=list(methods), metrics=[explained_again]).run(folder)


def test_notes_are_read_back_for_every_image(tmp_path):
    (model,) = ran(tmp_path, noting, bare).view.models
    noted, plain = (m.key for m in model.methods)
    found = model.notes(noted)
    maps = [model.load_map(noted, image.id) for image in model.images]
    assert [n["size"] for n in found] == [pytest.approx(np.abs(phi).sum(), rel=1e-6) for phi in maps]
    assert {n["steps"] for n in found} == {3.0}
    assert all(np.isnan(n["unknown"]) for n in found)
    assert model.notes(plain) == ({},) * 4


def test_notes_do_not_change_the_map_or_what_metrics_see(tmp_path):
    (model,) = ran(tmp_path, noting, bare).view.models
    (metric,) = (c.key for c in model.metrics)
    one, other = (m.key for m in model.methods)
    for image in model.images:
        assert np.array_equal(model.load_map(one, image.id), model.load_map(other, image.id))
    assert model.values[one, metric].tolist() == model.values[other, metric].tolist() == [1.0] * 4
    maps = hp.explain(SmallNet(), images(2), noting)
    assert torch.equal(maps, hp.explain(SmallNet(), images(2), bare))


def test_an_image_without_a_map_has_no_notes(tmp_path):
    (model,) = ran(tmp_path, sometimes).view.models
    dark = [float(x[0, 0, 0]) < 0.5 for x in images(4)]
    assert any(dark)
    assert not all(dark)
    assert [not n for n in model.notes(model.methods[0].key)] == dark


def test_a_run_that_is_continued_has_the_notes_of_its_first_part(tmp_path, monkeypatch):
    whole = ran(tmp_path / "whole", noting, n=6).view
    ran(tmp_path / "parts", noting, n=3)
    rest = ran(tmp_path / "parts", noting, n=6).view
    key = whole.models[0].methods[0].key
    assert rest.digest == whole.digest
    assert str(rest.models[0].notes(key)) == str(whole.models[0].notes(key))  # as text: NaN is not NaN
    monkeypatch.setattr(Executor, "run", None)  # nothing is left
    assert ran(tmp_path / "parts", noting, n=6).view.digest == whole.digest


def test_notes_are_part_of_the_results(tmp_path, monkeypatch):
    first = ran(tmp_path / "a", noting).view.digest
    monkeypatch.setattr(torch.Tensor, "sum", lambda self, *a, **k: torch.zeros(()))  # another note, the same map
    assert ran(tmp_path / "b", noting).view.digest != first


def test_damaged_notes_are_damage_of_the_map(tmp_path):
    view = ran(tmp_path, noting).view
    (model,) = view.models
    key, image = model.methods[0].key, model.load_map.keys[model.images[1].id]
    file = tmp_path / part_path(image, key)
    content = bytearray(file.read_bytes())
    content[content.index(b"steps")] ^= 1
    file.write_bytes(content)
    assert [bool(n) for n in model.notes(key)] == [True, False, True, True]
    with Store.create_or_open(tmp_path) as store:
        assert store.load_notes(image, key) == {}
    again = ran(tmp_path, noting).view
    assert again.digest == view.digest
    assert all(again.models[0].notes(key))


def test_a_note_is_a_number(tmp_path):
    async def wordy(f):
        """grad f(x)."""
        return Explanation(await f.grad(f.x).one(), {"colour": "red"})

    with pytest.raises(HeatproofError, match="the note colour of wordy is of type str; a note is one number"):
        hp.explain(SmallNet(), images(1), wordy)


def test_a_map_of_the_wrong_shape_is_refused_with_notes_too():
    async def flat(f):
        """sum grad f(x)."""
        return Explanation((await f.grad(f.x).one()).sum(0), {"steps": 1})

    with pytest.raises(HeatproofError, match=r"the result of flat has shape \(8, 8\)"):
        hp.explain(SmallNet(), images(1), flat)
