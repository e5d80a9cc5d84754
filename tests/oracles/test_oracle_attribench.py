"""attribench 0.1.9 as an oracle: it reads what we write, with equal numbers, and we read what it writes.

It asks for an old PyTorch that its result classes do not need: pip install --no-deps attribench==0.1.9 h5py
"""

import json
import sys
import warnings
from itertools import product
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

sys.path += [str(Path(__file__).parents[1] / room) for room in ("interchange", "study")]
from small_results import CASES, VALUES, result, run, same

from heatproof.interchange.export import export
from heatproof.interchange.layout import KINDS
from heatproof.interchange.read import read_results
from heatproof.interchange.results import read_metric_result, write_csv, write_hdf5
from heatproof.interchange.tensors import read_attributions, read_samples


@pytest.fixture
def attribench() -> ModuleType:
    warnings.simplefilter("ignore")
    pytest.importorskip("h5py")
    return pytest.importorskip("attribench.result")


def asked(kind: str, levels: dict[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """Every choice of get_df: one value of each level but the methods."""
    names = [name for name in KINDS[kind].levels if name != "method"]
    return [dict(zip(names, values, strict=True)) for values in product(*(levels[n] for n in names))]


@pytest.mark.parametrize(("kind", "mode"), CASES)
@pytest.mark.parametrize("write", [write_hdf5, write_csv])
def test_it_reads_what_we_write(attribench, tmp_path, kind, mode, write):
    made = result(kind, mode)
    path = write(made, tmp_path / ("r.h5" if write is write_hdf5 else "r"))
    theirs = attribench.MetricResult.load(str(path))
    assert type(theirs).__name__ == kind
    assert getattr(theirs, "mode", "") == mode
    for choice in asked(kind, dict(made.levels)):
        frame, higher = theirs.get_df(**choice)
        assert higher == made.higher_is_better
        assert sorted(frame.columns) == sorted(VALUES["method"])
        for method in VALUES["method"]:
            leaf = made.leaves[tuple((choice | {"method": method})[n] for n in KINDS[kind].levels)]
            wanted = leaf.mean(1) if leaf.ndim == 2 else leaf
            # Its reader of CSV files is off by a last bit.
            np.testing.assert_allclose(
                frame[method].to_numpy(), wanted, rtol=0 if leaf.ndim == 1 and write is write_hdf5 else 1e-14
            )


@pytest.mark.parametrize(("kind", "mode"), CASES)
@pytest.mark.parametrize("form", ["hdf5", "csv"])
def test_we_read_what_it_writes(attribench, tmp_path, kind, mode, form):
    made = result(kind, mode)
    theirs = attribench.MetricResult.load(str(write_hdf5(made, tmp_path / "ours.h5")))
    place = tmp_path / ("theirs.h5" if form == "hdf5" else "theirs")
    theirs.save(str(place), format=form)
    same(read_metric_result(place), made)


def test_a_whole_run(attribench, tmp_path):
    done = run(tmp_path / "run")
    (model,) = done.view.models
    export(tmp_path / "run", tmp_path / "out", "attribench-hdf5")
    keys = {m.label: m.key for m in model.methods}
    for name, ours in read_results(tmp_path / "out").items():
        theirs = attribench.MetricResult.load(str(tmp_path / "out" / "results" / f"{name}.h5"))
        for choice in asked(ours.type, dict(ours.levels)):
            frame, higher = theirs.get_df(**choice)
            assert higher == ours.higher_is_better
            assert set(frame.columns) == set(keys)
    sens = attribench.MetricResult.load(str(tmp_path / "out" / "results" / "max_sensitivity.h5")).get_df()[0]
    (largest,) = [m.key for m in model.metrics if m.name == "max_sensitivity"]
    for label, key in keys.items():
        np.testing.assert_array_equal(sens[label], model.values[key, largest])
    insertion, higher = attribench.MetricResult.load(str(tmp_path / "out" / "results" / "insertion_morf.h5")).get_df(
        masker="gaussian_blur", activation_fn="softmax"
    )
    (area,) = [m for m in model.metrics if m.name == "insertion"]  # rule: mean, so that the values are equal too
    assert higher == (area.better == "higher")
    for label, key in keys.items():
        np.testing.assert_allclose(insertion[label], model.values[key, area.key], rtol=1e-13)


def test_the_better_side_of_every_metric_is_the_same_there(attribench, tmp_path):
    """Of areas over a curve it is the other side, and theirs with agg_fn='aoc'."""
    (model,) = run(tmp_path / "run").view.models
    export(tmp_path / "run", tmp_path / "out", "attribench-hdf5")
    better = {m.label: (m.better, m.settings.get("area")) for m in model.metrics}
    index = json.loads((tmp_path / "out" / "export.json").read_text())["files"]
    results = {file: said for file, said in index.items() if file.startswith("results/")}
    assert len(results) == 12
    for file, said in results.items():
        theirs = attribench.MetricResult.load(str(tmp_path / "out" / file))
        choice = asked(said["type"], dict(theirs.levels))[0]
        for label in said["metrics"]:
            side, area = better[label]
            over = {"agg_fn": "aoc"} if area == "over" else {}
            assert theirs.get_df(**choice, **over)[1] == (side == "higher"), label


def test_samples_and_attributions_in_its_data_sets(attribench, tmp_path):
    data = pytest.importorskip("attribench.data")
    run(tmp_path / "run", ["gradient", "grad_cam"], ["gini"])
    export(tmp_path / "run", tmp_path / "out", "attribench-hdf5")
    ours = read_samples(tmp_path / "out" / "samples.h5")
    samples = data.HDF5Dataset(str(tmp_path / "out" / "samples.h5"))
    assert len(samples) == 4
    for i in range(4):
        x, label = samples[i][:2]
        np.testing.assert_array_equal(np.asarray(x), ours.images[i])
        assert int(label) == ours.targets[i]
    maps = read_attributions(tmp_path / "out" / "attributions.h5")
    pairs = data.AttributionsDataset(samples, path=str(tmp_path / "out" / "attributions.h5"), aggregate_method="mean")
    assert len(pairs) == 4 * 3
    *_, found = data.GroupedAttributionsDataset(pairs)[2]
    assert found.keys() == maps.keys() == {"gradient", "grad_cam", "random"}
    for method, phi in found.items():
        np.testing.assert_allclose(np.asarray(phi).squeeze(), maps[method][2].mean(0), rtol=1e-6)
