"""A run as files for others: every number is that of the run, and maps come back as a method with the same scores."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_results import run
from study_kit import SmallNet, images

import heatproof as hp
from heatproof.interchange.export import WRITERS, export
from heatproof.interchange.from_run import results_of
from heatproof.interchange.read import read_results
from heatproof.interchange.tables import read_table
from heatproof.interchange.tensors import read_samples
from heatproof.vocabulary.errors import HeatproofError, UsageError
from heatproof.vocabulary.given import ELSEWHERE


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return run(tmp_path_factory.mktemp("run") / "run")


@pytest.fixture(scope="module")
def model(done):
    return done.view.models[0]


def needs(to: str) -> None:
    if "hdf5" in to:
        pytest.importorskip("h5py")
    if to == "parquet":
        pytest.importorskip("pyarrow")


def metric(model, label):
    (found,) = [m for m in model.metrics if m.label == label]
    return found


def keyed(model):
    return {m.label: m.key for m in model.methods}


FILES = [
    "deletion_lerf",
    "deletion_morf",
    "iiof_morf",
    "infidelity",
    "insertion_morf",
    "irof_morf",
    "max_sensitivity",
    "ms_deletion",
    "ms_insertion",
    "parameter_randomization",
    "seg_sens_n",
    "sens_n",
]


@pytest.mark.parametrize("to", ["attribench-hdf5", "attribench-csv"])
def test_every_metric_that_has_a_class_there(tmp_path, done, model, to):
    needs(to)
    written = export(done.folder, tmp_path / "out", to)
    assert written.left_out == ["gini: attribench has no class for gini"]
    found = read_results(tmp_path / "out")
    assert list(found) == FILES
    for label, name, branch in [
        ("deletion(fill=zero)", "deletion_morf", ("softmax", "constant")),
        ("deletion(fill=noise)", "deletion_morf", ("softmax", "random")),
        ("deletion(order=lerf, link=logit)", "deletion_lerf", ("linear", "black")),
        ("insertion", "insertion_morf", ("softmax", "gaussian_blur")),
        ("irof", "irof_morf", ("softmax", "mean")),
        ("iiof", "iiof_morf", ("softmax", "mean")),
        ("sensitivity_n", "sens_n", ("linear", "black")),
        ("segment_sensitivity_n", "seg_sens_n", ("linear", "black")),
    ]:
        (curve,) = [c for c in model.curves[metric(model, label).key] if c.name in label]
        for method, key in keyed(model).items():
            leaf = found[name].leaves[(*branch, method)]
            np.testing.assert_array_equal(leaf, curve.values[key])
            assert leaf.shape == (4, len(curve.x))
    assert found["insertion_morf"].type == found["iiof_morf"].type == "InsertionResult"
    assert found["irof_morf"].type == found["deletion_lerf"].type == "DeletionResult"
    assert (found["deletion_lerf"].mode, found["ms_insertion"].mode, found["sens_n"].mode) == ("lerf", "insertion", "")
    for label, name, branch, after in [
        ("infidelity(perturbation=gaussian)", "infidelity", ("linear",), ("gaussian",)),
        ("infidelity(perturbation=square)", "infidelity", ("linear",), ("square",)),
        ("minimal_subset(mode=insertion)", "ms_insertion", ("black",), ()),
        ("max_sensitivity", "max_sensitivity", (), ()),
        ("parameter_randomization", "parameter_randomization", (), ()),
    ]:
        for method, key in keyed(model).items():
            leaf = found[name].leaves[(*branch, method, *after)]
            assert leaf.shape == ((4,) if not branch else (4, 1))
            np.testing.assert_array_equal(leaf.ravel(), model.values[key, metric(model, label).key])


def test_where_their_number_is_another_than_ours_is_said(tmp_path, done, model):
    notes = export(done.folder, tmp_path / "out", "attribench-csv").notes
    told = {note.partition(": ")[2]: note.partition(": ")[0] for note in notes}
    assert "insertion" not in "; ".join(told.values()).split("; ")  # rule: mean is theirs
    assert any("trapezoid" in text and "deletion(" in labels for text, labels in told.items())
    assert any("agg_fn='aoc'" in text and labels == "irof" for text, labels in told.items())
    assert any("all layers at once" in text for text in told)
    leaf = read_results(tmp_path / "out")["insertion_morf"].leaves["softmax", "gaussian_blur", "gradient"]
    np.testing.assert_allclose(leaf.mean(1), model.values[keyed(model)["gradient"], metric(model, "insertion").key])


def test_images_maps_and_the_index(tmp_path, done, model):
    needs("hdf5")
    written = export(done.folder, tmp_path / "out", "attribench-hdf5")
    samples = read_samples(tmp_path / "out" / "samples.h5")
    np.testing.assert_array_equal(samples.images, images(4).numpy())
    assert samples.targets == tuple(i.target for i in model.images)
    assert samples.ids == tuple(i.id for i in model.images)
    said = json.loads((tmp_path / "out" / "export.json").read_text())
    assert sorted(said["files"]) == sorted(written.files)
    assert said["digest"] == done.view.digest
    held = said["files"]["results/deletion_morf.h5"]
    assert (held["type"], held["mode"]) == ("DeletionResult", "morf")
    settings = held["metrics"]["deletion(fill=noise)"]["deletion"]
    assert (settings["steps"], settings["fill"]) == (5, "noise")


@pytest.mark.parametrize(("to", "file"), [("npz", "maps.npz"), ("attribench-hdf5", "attributions.h5")])
def test_exported_maps_come_back_as_a_method_with_the_same_scores(tmp_path, done, model, to, file):
    needs(to)
    export(done.folder, tmp_path / "out", to)
    theirs = [hp.maps_from_file(tmp_path / "out" / file, key, label=key) for key in ("gradient", "grad_cam")]
    metrics = [{"deletion": {"steps": 5, "fill": "zero"}}, {"infidelity": {"n": 8, "perturbation": "square"}}]
    again = hp.Study(SmallNet(), images(4), methods=theirs, metrics=metrics, controls=[], batch=8)
    view = again.run(tmp_path / "again").view.models[0]
    labels = ["deletion(fill=zero)", "infidelity(perturbation=square)"]
    for method in view.methods:
        key = keyed(model)[method.label]
        for mine, label in zip(view.metrics, labels, strict=True):
            np.testing.assert_array_equal(
                view.values[method.key, mine.key], model.values[key, metric(model, label).key]
            )


def test_npz_holds_what_is_needed_to_match_the_maps(tmp_path, done, model):
    export(done.folder, tmp_path / "out", "npz")
    with np.load(tmp_path / "out" / "maps.npz") as held:
        assert set(held) == {"images", "ids", "targets", *keyed(model)}
        assert held["ids"].tolist() == [i.id for i in model.images]
        for label, key in keyed(model).items():
            for i, image in enumerate(model.images):
                np.testing.assert_array_equal(held[label][i], model.load_map(key, image.id))


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_tables_hold_every_number(tmp_path, done, model, to):
    needs(to)
    import pandas as pd

    export(done.folder, tmp_path / "out", to)
    read = read_table if to == "csv" else pd.read_parquet
    scores, curves = (read(tmp_path / "out" / f"{name}.{to}") for name in ("scores", "curves"))
    frame = done.frame()
    assert len(scores) == len(frame)
    columns = ["model", "image", "target", "method", "metric"]
    pair = scores.merge(frame, on=columns, suffixes=("", "_run"))
    assert len(pair) == len(frame)
    np.testing.assert_array_equal(pair.value.to_numpy(dtype=float), pair.value_run.to_numpy(dtype=float))
    (curve,) = model.curves[metric(model, "insertion").key]
    mine = curves[(curves.metric == "insertion") & (curves.method == "gradient")]
    np.testing.assert_array_equal(mine.y.to_numpy().reshape(4, -1), curve.values[keyed(model)["gradient"]])
    np.testing.assert_array_equal(mine.x.to_numpy().reshape(4, -1)[0], curve.x)
    layers = curves[curves.metric == "parameter_randomization"]
    assert set(layers.x_name) >= {"fc"} or (layers.x_name != "").any()


@pytest.mark.parametrize("to", list(WRITERS))
def test_equal_runs_are_equal_bytes(tmp_path, done, to):
    needs(to)
    first, second = (export(done.folder, tmp_path / name, to) for name in ("a", "b"))
    assert first.files == second.files
    for file in sorted((tmp_path / "a").rglob("*")):
        if file.is_file():
            assert (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes() == file.read_bytes(), file.name


def test_undefined_values_are_nan_and_their_reasons_stay(tmp_path):
    maps = np.random.default_rng(0).random((4, 8, 8))
    maps[1] = np.nan
    broken = hp.given_maps(maps, label="=theirs/1")
    run(tmp_path / "run", [broken], [{"sensitivity_n": {"sizes": 2, "subsets": 4}}, {"max_sensitivity": {"n": 2}}])
    export(tmp_path / "run", tmp_path / "out", "attribench-csv")
    found = read_results(tmp_path / "out")
    assert np.isnan(found["max_sensitivity"].leaves[("=theirs_1",)]).all()
    leaf = found["sens_n"].leaves["linear", "black", "=theirs_1"]
    assert np.isnan(leaf).all(1).tolist() == np.isnan(leaf).any(1).tolist() == [False, True, False, False]
    assert np.isfinite(found["sens_n"].leaves["linear", "black", "random"]).all()
    export(tmp_path / "run", tmp_path / "npz", "npz")
    with np.load(tmp_path / "npz" / "maps.npz") as held:
        assert np.isnan(held["=theirs_1"]).all((1, 2, 3)).tolist() == [False, True, False, False]
    export(tmp_path / "run", tmp_path / "csv", "csv")
    text = (tmp_path / "csv" / "scores.csv").read_text()
    assert "'=theirs/1" in text
    table = read_table(tmp_path / "csv" / "scores.csv")
    line = table[(table.method == "=theirs/1") & (table.metric == "max_sensitivity")]
    assert line.value.isna().all()
    assert set(line.reason) == {ELSEWHERE, "the map that was given holds values that are not finite"}


def test_metrics_that_do_not_make_a_full_grid_get_files_of_their_own(tmp_path):
    metrics = [
        {"deletion": {"steps": 5, "fill": "zero", "link": "logit"}},
        {"deletion": {"steps": 5, "fill": "noise", "link": "logit"}},
        {"deletion": {"steps": 5, "fill": "noise", "link": "probability"}},
        {"deletion": {"steps": 4, "fill": "noise", "link": "probability"}},
    ]
    run(tmp_path / "run", ["gradient"], metrics)
    export(tmp_path / "run", tmp_path / "out", "attribench-csv")
    found = read_results(tmp_path / "out")
    kinds = [(r.levels["activation_fn"], r.levels["masker"], r.shape[1]) for r in found.values()]
    assert sorted(found) == ["deletion_morf", "deletion_morf-2", "deletion_morf-3"]
    assert sorted(kinds) == [
        (("linear",), ("constant", "random"), 6),
        (("softmax",), ("random",), 5),
        (("softmax",), ("random",), 6),
    ]


def test_curves_of_other_lengths_are_nan_and_counted(done, model):
    key = metric(model, "irof").key
    (curve,) = model.curves[key]
    ragged = {m: np.hstack([v, v[:, :1]]) for m, v in curve.values.items()}
    ragged[keyed(model)["gradient"]][1] = np.nan  # how a view shows a curve that is shorter than the others
    found = results_of(replace(model, curves={**model.curves, key: (replace(curve, values=ragged),)}))
    (irof,) = [p.result for p in found.placed if p.name == "irof_morf"]
    assert irof.shape == (4, len(curve.x) + 1)
    leaf = irof.leaves["softmax", "mean", "gradient"]
    assert np.isnan(leaf).all(1).tolist() == [False, True, False, False]
    assert any(note.startswith("irof: 1 curves have another number of points") for note in found.notes)
    assert not any("another number" in note for note in results_of(model).notes)


def test_impact_coverage_has_one_number_per_image(model):
    gini = replace(metric(model, "gini"), name="impact_coverage", label="cov", settings={"tries": 51})
    (placed,) = results_of(replace(model, metrics=(gini,))).placed
    assert (placed.name, placed.result.type, placed.result.shape) == ("impact_coverage", "ImpactCoverageResult", (4,))
    assert placed.result.higher_is_better
    for label, key in keyed(model).items():
        np.testing.assert_array_equal(placed.result.leaves[(label,)], model.values[key, gini.key])


def test_methods_with_the_name_of_something_else_in_the_file(tmp_path):
    maps = np.random.default_rng(1).random((4, 8, 8))
    run(
        tmp_path / "run",
        [hp.given_maps(maps + i, label=name) for i, name in enumerate(("ids", "a/b", "a_b"))],
        ["gini"],
    )
    export(tmp_path / "run", tmp_path / "out", "npz")
    with np.load(tmp_path / "out" / "maps.npz") as held:
        assert set(held) == {"images", "ids", "targets", "ids 2", "a_b", "a_b 2", "random"}
        np.testing.assert_array_equal(held["a_b 2"][:, 0], (maps + 2).astype(np.float32))


def test_several_models_get_a_folder_each(tmp_path):
    study = hp.Study([SmallNet(), SmallNet()], images(3), methods=["gradient"], metrics=["gini"], controls=[], batch=8)
    study.run(tmp_path / "run")
    assert export(tmp_path / "run", tmp_path / "out", "npz").files == ["SmallNet/maps.npz", "SmallNet 2/maps.npz"]
    assert export(tmp_path / "run", tmp_path / "one", "npz", models=["SmallNet 2"]).files == ["maps.npz"]
    with pytest.raises(UsageError) as caught:
        export(tmp_path / "run", tmp_path / "x", "npz", models=["SmalNet"])
    assert caught.value.code == "HP694"
    assert not (tmp_path / "x").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path, done):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError) as caught:
        export(done.folder, tmp_path / "out", "csv")
    assert caught.value.code == "HP695"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine.txt"]
    assert export(done.folder, tmp_path / "out" / "below" / "deep", "csv").files == ["scores.csv", "curves.csv"]


def test_an_export_that_fails_leaves_nothing(tmp_path, done, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device", "there")

    monkeypatch.setattr("heatproof.interchange.tables.write_whole", fail)
    with pytest.raises(OSError, match="No space"):
        export(done.folder, tmp_path / "out", "csv")
    assert list(tmp_path.iterdir()) == []


def test_formats_that_need_a_package_name_it(tmp_path, done, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "h5py", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for to, package in (("attribench-hdf5", "h5py"), ("parquet", "pyarrow")):
        with pytest.raises(HeatproofError) as caught:
            export(done.folder, tmp_path / "out", to)
        assert caught.value.code == "HP902"
        assert package in caught.value.line
    with pytest.raises(UsageError) as caught:
        export(done.folder, tmp_path / "out", "attribench-hdf")
    assert caught.value.code == "HP698"
    assert not (tmp_path / "out").exists()
