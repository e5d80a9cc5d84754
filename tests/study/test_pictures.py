"""Pictures: the maps which a metric makes beside phi, kept for the first images of a study."""

from pathlib import Path

import numpy as np
import pytest
import torch

import heatproof as hp
from heatproof.engine.executor import Executor
from heatproof.store.parts import part_path
from heatproof.study.results import Result
from heatproof.study.stored import album, picture

METRICS = ["parameter_randomization", "data_randomization", "hyperparameter_sensitivity", "gini"]


def ran(folder: Path, pictures: int, images: int = 2, seed: int = 0) -> Result:
    model, data = hp.load_model("digits-mlp"), hp.load_data("mnist5k", images=images)
    methods = ["gradient", ("smoothgrad", {"n": 4})]
    study = hp.Study(model, data, methods=methods, controls=[], metrics=METRICS, pictures=pictures, seed=seed)
    return study.run(folder)


def test_each_stage_has_the_map_that_the_randomized_model_gives(tmp_path: Path) -> None:
    (view,) = ran(tmp_path / "run", 1).view.models
    metric, method, image = view.metrics[0], view.methods[0], view.images[0]
    found = view.pictures(metric.key, method.key, image.id)
    layers = ["fc4", "fc3", "fc2", "fc1"]
    cascade = [f"cascading {name}" for name in layers]
    assert [name for name in found if name.startswith("cascading")] == cascade
    assert {name for name in found if name.startswith("independent")} == {f"independent {name}" for name in layers}
    phi = view.load_map(method.key, image.id)
    assert phi is not None
    curve = next(c for c in view.curves[metric.key] if c.name == "cascading spearman")
    for value, name in zip(curve.values[method.key][0], cascade, strict=True):
        ranks = [np.argsort(np.argsort(m.ravel())) for m in (phi, found[name])]
        assert np.corrcoef(*ranks)[0, 1] == pytest.approx(value, abs=0.02)  # ties at the dark border
    assert np.array_equal(found["cascading fc4"], found["independent fc4"])


def test_pictures_of_settings_and_of_twins_are_called_after_them(tmp_path: Path) -> None:
    (view,) = ran(tmp_path / "run", 1).view.models
    image, (gradient, smoothgrad) = view.images[0].id, view.methods
    by_name = {metric.name: metric.key for metric in view.metrics}
    assert list(view.pictures(by_name["data_randomization"], gradient.key, image)) == ["random labels"]
    tried = view.pictures(by_name["hyperparameter_sensitivity"], smoothgrad.key, image)
    assert {"n 2", "n 8"} <= set(tried)
    assert view.pictures(by_name["hyperparameter_sensitivity"], gradient.key, image) == {}  # it has no number
    assert view.pictures(by_name["gini"], gradient.key, image) == {}


def test_only_the_first_images_are_pictured_and_results_do_not_change(tmp_path: Path) -> None:
    with_pictures, without = ran(tmp_path / "a", 1).view, ran(tmp_path / "b", 0).view
    assert with_pictures.digest == without.digest
    assert with_pictures.cost["run"] == without.cost["run"]
    (view,) = with_pictures.models
    assert view.pictures(view.metrics[0].key, view.methods[0].key, view.images[1].id) == {}


def test_asked_for_later_they_are_made_for_what_lacks_them_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ran(tmp_path / "run", 0).view
    later = ran(tmp_path / "run", 2).view
    (view,) = later.models
    assert later.digest == before.digest
    assert later.cost["run"] > before.cost["run"]
    assert all(len(view.pictures(view.metrics[0].key, view.methods[0].key, i.id)) == 8 for i in view.images)
    monkeypatch.setattr(Executor, "run", None)  # nothing is left: undefined scores without pictures are settled too
    ran(tmp_path / "run", 2)


def test_a_score_asks_for_none_by_itself() -> None:
    model, data = hp.load_model("digits-mlp"), hp.load_data("mnist5k", images=1)
    assert torch.isfinite(hp.score(model, data.images, hp.explain(model, data.images, "gradient"), "gini")).all()


def test_damaged_pictures_do_not_keep_the_rest_from_being_shown(tmp_path: Path) -> None:
    result = ran(tmp_path / "run", 1)
    (view,) = result.view.models
    metric, method, image = view.metrics[0], view.methods[0], view.images[0]
    there = [*view.pictures(metric.key, method.key, image.id)]
    key = picture(album(method.key, metric.key), 0, there[0])
    (tmp_path / "run" / part_path(view.load_map.keys[image.id], key)).write_bytes(b"nonsense")  # type: ignore[attr-defined]
    assert [*view.pictures(metric.key, method.key, image.id)] == there[1:]
    assert result.report().exists()
