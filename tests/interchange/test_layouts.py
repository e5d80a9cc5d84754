"""attribench's layouts: what is written is what the layout says, and comes back to the bit."""

import numpy as np
import pytest
from small_results import CASES, result, same

from heatproof.interchange.layout import KINDS
from heatproof.interchange.read import import_results, read_results
from heatproof.interchange.results import read_metric_result, write_csv, write_hdf5
from heatproof.interchange.suite_file import read_suite_file
from heatproof.interchange.tables import read_table
from heatproof.interchange.tensors import (
    Samples,
    read_attributions,
    read_samples,
    write_attributions,
    write_npz,
    write_samples,
)
from heatproof.vocabulary.errors import UsageError

h5py = pytest.importorskip("h5py")


@pytest.mark.parametrize(("kind", "mode"), CASES)
def test_there_and_back(tmp_path, kind, mode):
    made = result(kind, mode)
    same(read_metric_result(write_hdf5(made, tmp_path / "r.h5")), made)
    same(read_metric_result(write_csv(made, tmp_path / "r")), made)


@pytest.mark.parametrize(("kind", "mode"), CASES)
def test_equal_results_are_equal_bytes(tmp_path, kind, mode):
    first = write_hdf5(result(kind, mode), tmp_path / "a.h5").read_bytes()
    turned = result(kind, mode).ordered(tuple(reversed(KINDS[kind].levels)))
    assert write_hdf5(turned, tmp_path / "b.h5").read_bytes() == first
    assert write_hdf5(result(kind, mode, seed=1), tmp_path / "c.h5").read_bytes() != first


@pytest.mark.parametrize(("kind", "mode"), CASES)
def test_levels_stand_in_alphabetical_order_and_groups_name_them(tmp_path, kind, mode):
    with h5py.File(write_hdf5(result(kind, mode), tmp_path / "r.h5")) as root:
        assert root.attrs["type"] == kind
        assert root.attrs.get("mode", "") == mode
        assert ("mode" in root.attrs) == bool(mode)
        group, names = root, []
        while isinstance(group, h5py.Group):
            names.append(group.attrs["level_name"])
            assert list(group) == sorted(group)
            group = group[next(iter(group))]
        assert names == sorted(KINDS[kind].levels)
        assert group.dtype == np.float64
        assert group.shape == {"curve": (4, 5), "one": (4, 1), "plain": (4,)}[KINDS[kind].leaf]


def test_which_side_is_better():
    higher = {(k, m): result(k, m).higher_is_better for k, m in CASES}
    assert higher == {
        ("DeletionResult", "morf"): False,
        ("DeletionResult", "lerf"): True,
        ("InsertionResult", "morf"): True,
        ("InsertionResult", "lerf"): False,
        ("SensitivityNResult", ""): True,
        ("InfidelityResult", ""): False,
        ("MinimalSubsetResult", "deletion"): False,
        ("MinimalSubsetResult", "insertion"): False,
        ("MaxSensitivityResult", ""): False,
        ("ImpactCoverageResult", ""): True,
        ("ParameterRandomizationResult", ""): False,
    }


def test_one_line_per_value():
    made = result("InfidelityResult")
    frame = made.frame()
    assert len(frame) == 2 * 3 * 2 * 4
    line = frame[(frame.method == "Gradient") & (frame.activation_fn == "linear") & (frame.image == 3)]
    wanted = made.leaves["linear", "Gradient", "square"][3, 0]
    assert line[line.perturbation_generator == "square"].value.item() == wanted


def test_samples_and_attributions(tmp_path):
    x = np.random.default_rng(0).random((3, 1, 4, 4), np.float32)
    samples = Samples(x, (7, 0, 2), ("a", "ü", "c"))
    back = read_samples(write_samples(samples, tmp_path / "s.h5"))
    np.testing.assert_array_equal(back.images, x)
    assert (back.targets, back.ids) == (samples.targets, samples.ids)
    maps = {"Gradient": x * 2, "a b": -x}
    path = write_attributions(list(maps), maps.__getitem__, x.shape, tmp_path / "a.h5")
    found = read_attributions(path)
    assert found.keys() == maps.keys()
    assert all(np.array_equal(found[m], maps[m]) and found[m].dtype == np.float32 for m in maps)
    with h5py.File(path) as root:
        assert root.attrs["num_samples"] == 3
        assert tuple(root.attrs["sample_shape"]) == (1, 4, 4)
    first = (tmp_path / "s.h5").read_bytes(), path.read_bytes()
    write_samples(samples, tmp_path / "s.h5")
    write_attributions(list(maps), maps.__getitem__, x.shape, path)
    assert ((tmp_path / "s.h5").read_bytes(), path.read_bytes()) == first


def test_npz_of_equal_arrays_has_equal_bytes_and_takes_any_name(tmp_path):
    arrays = {"file": np.arange(3), "a b(c=1)": np.ones((2, 2), np.float32), "ids": np.array(["x", "y"])}
    first = write_npz(arrays, tmp_path / "a.npz").read_bytes()
    lazy = {name: (lambda a=array: a) for name, array in arrays.items()}
    assert write_npz(lazy, tmp_path / "b.npz").read_bytes() == first
    with np.load(tmp_path / "a.npz") as held:
        assert {name: held[name].tolist() for name in held} == {name: a.tolist() for name, a in arrays.items()}


def suite(path):
    """A file as the suite of 2021/22 wrote it: levels without names, the pseudo-method _BASELINE."""
    rng = np.random.default_rng(5)
    with h5py.File(path, "w") as root:
        root.attrs["num_samples"], root.attrs["seed"] = 3, 42
        root["images"], root["predictions"] = rng.random((3, 1, 4, 4)), rng.random((3, 10))
        root["attributions/Gradient"] = rng.random((3, 1, 4, 4))
        for name, kind, branch in [
            ("deletion_morf", "DeletionResult", "constant/linear"),
            ("infidelity", "InfidelityResult", "square/linear"),
            ("ms_deletion", "MinimalSubsetResult", "constant"),
            ("max_sensitivity", "MaxSensitivityResult", ""),
        ]:
            group = root.create_group(f"results/{name}")
            group.attrs["type"] = kind
            for method in ("Gradient", "LIME", "_BASELINE"):
                shape = (3, 25, 6) if method == "_BASELINE" else (3, 6)
                group[f"{branch}/{method}".strip("/")] = rng.random(shape if kind == "DeletionResult" else shape[:-1])
        root["results/deletion_morf"].attrs["mode"] = "morf"
        root["results/deletion_morf"].attrs["index"] = 1
    return path


def test_a_suite_file_of_2021(tmp_path):
    found = read_suite_file(suite(tmp_path / "s.h5"))
    assert (found.samples, found.seed) == (3, 42)
    assert found.images.shape == (3, 1, 4, 4)
    assert found.predictions.shape == (3, 10)
    assert list(found.attributions) == ["Gradient"]
    deletion = found.results["deletion_morf"]
    assert deletion.levels == {"masker": ("constant",), "activation_fn": ("linear",), "method": ("Gradient", "LIME")}
    assert deletion.mode == "morf"
    assert deletion.attributes == {"index": 1}
    assert deletion.baseline["constant", "linear", "_BASELINE"].shape == (3, 25, 6)
    infidelity = found.results["infidelity"]
    assert tuple(infidelity.levels) == ("perturbation_generator", "activation_fn", "method")
    assert tuple(found.results["ms_deletion"].levels) == ("masker", "method")
    assert tuple(found.results["max_sensitivity"].levels) == ("method",)
    same(deletion, read_metric_result(write_hdf5(deletion, tmp_path / "d.h5")))


def test_a_damaged_suite_file_is_said_to_be_one(tmp_path):
    path = suite(tmp_path / "results.h5")
    with h5py.File(path, "a") as root:
        root["results/deletion_morf/constant/linear/deeper/one/two"] = np.zeros(3)
    with pytest.raises(UsageError, match="deletion_morf has leaves at depth"):
        read_results(path)


def test_results_are_found_whatever_holds_them(tmp_path):
    names = {"deletion_morf": ("DeletionResult", "morf"), "infidelity": ("InfidelityResult", "")}
    for name, case in names.items():
        write_hdf5(result(*case), tmp_path / "h5" / "results" / f"{name}.h5")
        write_csv(result(*case), tmp_path / "csv" / name)
    (tmp_path / "csv" / "notes.txt").write_text("something else")
    for folder in ("h5", "csv"):
        found = read_results(tmp_path / folder)
        assert list(found) == sorted(names)
        for name, case in names.items():
            same(found[name], result(*case))
    assert list(read_results(suite(tmp_path / "s.h5"))) == [
        "deletion_morf",
        "infidelity",
        "max_sensitivity",
        "ms_deletion",
    ]


def test_results_become_a_table(tmp_path):
    made = result("DeletionResult", "lerf")
    write_hdf5(made, tmp_path / "deletion_lerf.h5")
    (path,) = import_results(tmp_path / "deletion_lerf.h5", tmp_path / "out")
    table = read_table(path)
    assert len(table) == made.frame().shape[0]
    line = table[(table.method == "Gradient") & (table.masker == "blur") & (table.activation_fn == "linear")]
    got = line.value.to_numpy().reshape(4, 5)
    np.testing.assert_array_equal(got, made.leaves["linear", "blur", "Gradient"])
    assert set(line.better) == {"higher"}
    paths = import_results(suite(tmp_path / "s.h5"), tmp_path / "suite")
    assert [p.name for p in paths] == ["results.csv", "maps.npz"]
    with np.load(paths[1]) as held:
        assert held["Gradient"].shape == held["images"].shape


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda p: p.write_bytes(b"nothing"), "signature"),
        (lambda p: h5py.File(p, "w").close(), "no attribute type"),
        (lambda p: _attrs(p, type="DeletionResult"), "level_name"),
        (lambda p: _attrs(p, type="DeletionResult", level_name="method"), "no values"),
        (lambda p: p.mkdir(), "no file or folder in it"),
        (lambda p: None, "No such file"),
    ],
)
def test_what_holds_no_results_is_said_in_one_line(tmp_path, make, part):
    path = tmp_path / "r.h5"
    make(path)
    with pytest.raises(UsageError) as caught:
        read_results(path)
    assert caught.value.code == "HP690"
    assert part in caught.value.line
    assert str(path) in caught.value.line
    assert "\n" not in caught.value.line


def _attrs(path, **attributes):
    with h5py.File(path, "w") as root:
        root.attrs.update(attributes)


def test_a_tree_with_a_hole_and_leaves_of_two_shapes_are_refused(tmp_path):
    path = write_hdf5(result("DeletionResult", "morf"), tmp_path / "r.h5")
    with h5py.File(path, "a") as root:
        del root["linear/blur/Gradient"]
    with pytest.raises(UsageError, match="linear/blur/Gradient is missing"):
        read_metric_result(path)
    with h5py.File(path, "a") as root:
        root["linear/blur/Gradient"] = np.zeros((4, 6))
    with pytest.raises(UsageError, match="shapes"):
        read_metric_result(path)


@pytest.mark.parametrize("name", ["../outside", "a/b", ".."])
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path, name):
    folder = write_csv(result("MaxSensitivityResult"), tmp_path / "r")
    (tmp_path / "outside.csv").write_text("1\n1\n1\n1\n")
    text = (folder / "metadata.yaml").read_text().replace("Gradient", name)
    (folder / "metadata.yaml").write_text(text)
    with pytest.raises(UsageError, match="is no name"):
        read_metric_result(folder)
