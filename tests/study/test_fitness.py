"""Formulas that do not work with one of several models: undefined for it, with the reason; refused where none fits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import heatproof as hp
from heatproof.vocabulary.errors import HeatproofError


def test_a_method_that_one_of_two_models_cannot_serve_is_undefined_for_it(tmp_path: Path) -> None:
    models = [hp.load_model("digits-cnn"), hp.load_model("digits-mlp")]
    study = hp.Study(models, hp.load_data("mnist5k", images=2), methods=["gradient", "grad_cam"], metrics=["gini"])
    study.plan()
    view = study.run(tmp_path / "run").view
    cnn, mlp = view.models
    by_name = [{m.name: v.values[m.key, v.metrics[0].key] for m in v.methods} for v in (cnn, mlp)]
    assert np.isfinite(by_name[0]["grad_cam"]).all()
    assert np.isfinite(by_name[1]["gradient"]).all()
    assert np.isnan(by_name[1]["grad_cam"]).all()
    cam = next(m for m in mlp.methods if m.name == "grad_cam")
    assert all("no convolution" in str(reason) for reason in mlp.reasons[cam.key, mlp.metrics[0].key])
    assert any("digits-mlp: grad_cam does not work with this model" in event["text"] for event in view.events)
    assert view.missing == 0
    assert not view.failed


def test_a_metric_that_one_of_two_models_cannot_serve_is_undefined_for_it(tmp_path: Path) -> None:
    models = [hp.load_model("digits-mlp"), replace(hp.load_model("digits-mlp"), name="without a twin", twins={})]
    metrics = ["data_randomization", "gini"]
    study = hp.Study(models, hp.load_data("mnist5k", images=1), methods=["gradient"], metrics=metrics, controls=[])
    view = study.run(tmp_path / "run").view
    values = [v.values[v.methods[0].key, v.metrics[0].key] for v in view.models]
    assert np.isfinite(values[0]).all()
    assert np.isnan(values[1]).all()


def test_alone_it_is_refused(tmp_path: Path) -> None:
    study = hp.Study("digits-mlp", "mnist5k", methods=["grad_cam"], metrics=["gini"])
    with pytest.raises(HeatproofError, match="HP214"):
        study.plan()
