"""Maps made elsewhere as a method of a study."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from study_kit import SmallNet, images

import heatproof as hp
from heatproof.spec.study import read_study
from heatproof.vocabulary.errors import HeatproofError, UsageError
from heatproof.vocabulary.given import ELSEWHERE

METRICS = [("deletion", {"steps": 5}), ("sensitivity_n", {"sizes": 2, "subsets": 6}), "gini"]
AGAIN = [
    ("max_sensitivity", {"n": 2}),
    "parameter_randomization",
    "model_noise",
    "input_noise_sensitivity",
    ("hyperparameter_sensitivity", {"setting": "seed", "values": [1]}),
    ("hyperparameter_sensitivity", {"setting": "key", "values": ["other"]}),
]


@pytest.fixture
def theirs() -> torch.Tensor:
    """What another toolkit would have made: the same maps as `gradient`."""
    return hp.explain(SmallNet(), images(4), "gradient", batch=8)


def values(
    folder: Path, methods: list[object], metrics: list[object] = METRICS, n: int = 4
) -> dict[tuple, list[float]]:
    study = hp.Study(SmallNet(), images(n), methods=methods, metrics=metrics, controls=[], batch=8)
    (view,) = study.run(folder).view.models
    return {
        (m.label, c.label): [view.reasons[m.key, c.key][i] or v for i, v in enumerate(view.values[m.key, c.key])]
        for m in view.methods
        for c in view.metrics
    }


def written(path: Path, maps: torch.Tensor, **others: np.ndarray) -> str:
    np.savez(path, theirs=maps.numpy(), **others)
    return str(path)


def test_the_same_maps_have_the_same_scores_to_the_bit(tmp_path, theirs):
    file = written(tmp_path / "m.npz", theirs)
    entries = [
        "gradient",
        hp.given_maps(theirs, label="array"),
        hp.maps_from_file(file, "theirs", label="npz"),
        {"maps": {"file": file}},
    ]
    found = values(tmp_path / "run", entries)
    for metric in ("deletion", "sensitivity_n", "gini"):
        for label in ("array", "npz", "m.npz"):
            assert found[label, metric] == found["gradient", metric], (label, metric)
    assert all(isinstance(v, float) for row in found.values() for v in row)


def test_they_cost_nothing_and_work_in_every_precision(tmp_path, theirs):
    study = hp.Study(SmallNet(), images(4), methods=[hp.given_maps(theirs)], metrics=["gini"], controls=[], batch=8)
    assert study.plan().run == 0
    for precision in ("float64", "bfloat16"):
        options = {"metrics": ["gini"], "controls": [], "batch": 8, "maps": precision}
        view = (
            hp.Study(SmallNet(), images(4), methods=[hp.given_maps(theirs)], **options).run(tmp_path / precision).view
        )
        (found,) = view.models[0].values.values()
        assert not np.isnan(found).any()


def test_what_has_to_explain_again_is_undefined_and_says_why(tmp_path, theirs):
    found = values(tmp_path / "run", [hp.given_maps(theirs)], AGAIN)
    assert len(found) == len(AGAIN)
    assert {reason for row in found.values() for reason in row} == {ELSEWHERE}


@pytest.mark.parametrize("suffix", ["npz", "npy", "safetensors", "h5"])
def test_every_kind_of_file(tmp_path, theirs, suffix):
    file = tmp_path / f"m.{suffix}"
    if suffix == "npz":
        np.savez(file, theirs=theirs.double().numpy())
    elif suffix == "npy":
        np.save(file, theirs.numpy())
    elif suffix == "safetensors":
        save_file({"theirs": theirs}, file)
    else:
        h5py = pytest.importorskip("h5py")
        with h5py.File(file, "w") as f:
            f["maps/theirs"] = theirs.numpy()
            f["labels"] = np.zeros(4, np.int64)
    found = values(tmp_path / "run", ["gradient", {"maps": {"file": str(file)}, "label": "theirs"}])
    assert found["theirs", "deletion"] == found["gradient", "deletion"]


def test_one_map_for_all_channels_is_shared_out_as_in_score(tmp_path):
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(144, 3))
    x = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(3))
    flat = torch.rand(4, 8, 8, generator=torch.Generator().manual_seed(4))
    metric = ("completeness", {})
    study = hp.Study(
        net, x, methods=[hp.given_maps(flat), hp.given_maps(flat[:, None], label="b")], metrics=[metric], controls=[]
    )
    view = study.run(tmp_path / "run").view.models[0]
    wanted = hp.score(net, x, flat[:, None], "completeness").tolist()
    for m in view.methods:
        assert view.values[m.key, view.metrics[0].key].tolist() == wanted
        assert torch.tensor(view.load_map(m.key, view.images[0].id)).sum(0).allclose(flat[0])


def test_ids_beside_the_maps_decide_which_is_whose(tmp_path, theirs):
    order = [2, 0, 3]
    x = images(4)
    ids = study_ids(tmp_path, x)
    file = written(tmp_path / "m.npz", theirs[order], ids=np.array([ids[i] for i in order]))
    found = values(tmp_path / "run", ["gradient", {"maps": {"file": file}, "label": "theirs"}])
    for i, (mine, other) in enumerate(zip(found["gradient", "gini"], found["theirs", "gini"], strict=True)):
        assert other == (mine if i in order else "the maps that were given have none for this image")


def study_ids(folder: Path, x: torch.Tensor) -> list[str]:
    view = (
        hp.Study(SmallNet(), x, methods=["constant"], metrics=["gini"], controls=[], batch=8).run(folder / "ids").view
    )
    return [i.id for i in view.models[0].images]


def test_a_map_of_another_class_and_a_map_with_nan_leave_their_image_undefined(tmp_path, theirs):
    targets = hp.Study(SmallNet(), images(4), methods=["constant"], metrics=["gini"], controls=[], batch=8)
    classes = [i.target for i in targets.run(tmp_path / "t").view.models[0].images]
    other = [classes[0], (classes[1] + 1) % 3, *classes[2:]]
    theirs[2, 0, 3, 3] = torch.nan
    found = values(tmp_path / "run", ["gradient", hp.given_maps(theirs, label="theirs", targets=other)])
    mine, row = found["gradient", "gini"], found["theirs", "gini"]
    assert row[0] == mine[0]
    assert row[3] == mine[3]
    assert row[1] == f"the map that was given explains class {other[1]}, the study explains {classes[1]}"
    assert row[2] == "the map that was given holds values that are not finite"


def test_maps_of_other_content_are_other_methods_in_the_store(tmp_path, theirs):
    file = tmp_path / "m.npz"
    first = values(tmp_path / "run", [{"maps": {"file": written(file, theirs)}}])
    second = values(tmp_path / "run", [{"maps": {"file": written(file, theirs.flip(-1))}}])
    assert first["m.npz", "deletion"] != second["m.npz", "deletion"]
    again = values(tmp_path / "run", [{"maps": {"file": written(file, theirs)}}])
    assert again == first


STUDY = """heatproof: 1
models: [planted-cnn]
data: {name: planted, images: 3}
methods:
  - gradient
  - maps: {file: FILE, key: KEY}
    label: theirs
metrics: [{gini: }]
controls: []
"""


def study_file(folder: Path, file: Path, key: str = "theirs") -> Path:
    path = folder / "s.yaml"
    path.write_text(STUDY.replace("FILE", str(file)).replace("KEY", key))
    return path


def test_a_study_file_names_them_and_the_resolved_study_pins_them(tmp_path):
    x, _ = hp.load_data("planted", images=3)
    maps = hp.explain(hp.load_model("planted-cnn"), x, "gradient")
    file = tmp_path / "m.npz"
    written(file, maps)
    spec = read_study(study_file(tmp_path, file))
    entry = spec.resolved()["methods"][1]
    assert entry["label"] == "theirs"
    assert len(entry["maps"]["sha256"]) == 64
    view = hp.Study.from_spec(spec).run(tmp_path / "run").view.models[0]
    a, b = (view.values[m.key, view.metrics[0].key].tolist() for m in view.methods)
    assert a == b
    written(file, maps + 1)
    pinned = read_study(study_file(tmp_path, file)).resolved()["methods"][1]["maps"]["sha256"]
    assert pinned != entry["maps"]["sha256"]
    with pytest.raises(UsageError) as caught:
        hp.Study(SmallNet(), images(3), methods=[{"maps": entry["maps"]}], metrics=["gini"])
    assert caught.value.code == "HP682"


def test_every_array_of_a_file_by_a_sweep(tmp_path, theirs):
    file = tmp_path / "m.npz"
    np.savez(file, a=theirs.numpy(), b=theirs.numpy() * 2)
    found = values(tmp_path / "run", [{"maps": {"file": str(file), "key": {"sweep": ["a", "b"]}}}])
    assert {label for label, _ in found} == {"a (m.npz)", "b (m.npz)"}


@pytest.mark.parametrize(
    ("settings", "code", "part"),
    [
        ({"file": "none.npz"}, "HP680", "No such file"),
        ({"file": "m.txt"}, "HP680", "wanted one of .npz"),
        ({"file": "broken.npz"}, "HP680", "broken.npz"),
        ({"file": "m.npz", "key": "their"}, "HP681", "did you mean 'theirs'"),
        ({"file": "m.npz"}, "HP681", "it holds theirs, more"),
        ({"file": "words.npz"}, "HP685", "words"),
        ({"file": "flat.npz"}, "HP685", "(4, 8)"),
        ({"file": "twice.npz"}, "HP686", "stands for two"),
        ({"file": "short.npz"}, "HP686", "3 for 4"),
        ({}, "HP687", "maps: {file"),
        ({"file": "m.npz", "name": "x"}, "HP102", "name"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(tmp_path, theirs, settings, code, part):
    np.savez(tmp_path / "m.npz", theirs=theirs.numpy(), more=theirs.numpy())
    np.savez(tmp_path / "words.npz", a=np.array(["word"] * 4))
    np.savez(tmp_path / "flat.npz", a=np.zeros((4, 8)))
    written(tmp_path / "twice.npz", theirs, ids=np.array(["a", "b", "a", "c"]))
    written(tmp_path / "short.npz", theirs, targets=np.array([1, 2, 3]))
    (tmp_path / "broken.npz").write_bytes(b"PK nothing")
    (tmp_path / "m.txt").write_text("1")
    given = {k: str(tmp_path / v) if k == "file" else v for k, v in settings.items()}
    with pytest.raises(HeatproofError) as caught:
        hp.Study(SmallNet(), images(4), methods=[{"maps": given}], metrics=["gini"])
    assert caught.value.code == code
    assert part in caught.value.line
    assert "\n" not in caught.value.line


@pytest.mark.parametrize(
    ("shape", "code", "part"),
    [
        ((3, 1, 8, 8), "HP683", "3 maps"),
        ((4, 1, 8, 7), "HP684", "(1, 8, 8) or (8, 8)"),
        ((4, 2, 8, 8), "HP684", "(2, 8, 8)"),
        ((4, 7, 8), "HP684", "(7, 8)"),
    ],
)
def test_maps_that_do_not_fit_the_images_are_refused_before_anything_runs(tmp_path, shape, code, part):
    study = hp.Study(SmallNet(), images(4), methods=[hp.given_maps(torch.rand(shape))], metrics=["gini"])
    with pytest.raises(UsageError) as caught:
        study.run(tmp_path / "run")
    assert caught.value.code == code
    assert part in caught.value.line
    assert not (tmp_path / "run").exists()
    with pytest.raises(UsageError):
        study.plan()


def test_ids_of_other_images_are_refused(tmp_path, theirs):
    given = hp.given_maps(theirs, ids=["p", "q", "r", "s"])
    with pytest.raises(UsageError, match="none of these images"):
        hp.Study(SmallNet(), images(4), methods=[given], metrics=["gini"]).run(tmp_path / "run")


@pytest.mark.parametrize("bad", [torch.zeros(2, 2, 2, dtype=torch.complex64), torch.ones(2, 2, 2).bool(), "x", None])
def test_what_is_no_array_of_numbers_is_refused(bad):
    with pytest.raises(UsageError) as caught:
        hp.given_maps(bad)
    assert caught.value.code == "HP685"
