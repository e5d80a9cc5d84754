"""What comes out of the store is, bit by bit, what was put in."""

from __future__ import annotations

import math
import random
import shutil
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from store_run import Run

from heatproof.store import MapRow, ScoreRow, Store
from heatproof.vocabulary.errors import BugError

AWKWARD = [0.0, -0.0, 5e-324, -2.2e-308, 1e308, -1.7976931348623157e308, math.inf, 0.1 + 0.2, 1.0, 2.0**63, 1e-5]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
floats = st.one_of(st.sampled_from(AWKWARD), st.floats(allow_nan=False))
curves = st.dictionaries(texts, st.lists(st.one_of(st.none(), floats), max_size=5), max_size=3)
scores = st.builds(lambda i, m, k, v, c: ScoreRow(i, m, k, v, None, c), texts, texts, texts, floats, curves)


def bits(value: float | None) -> bytes | None:
    return None if value is None else struct.pack("<d", value)


def all_bits(row: ScoreRow) -> object:
    return bits(row.value), {name: [bits(point) for point in points] for name, points in row.curves.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(scores, max_size=8, unique_by=lambda row: (row.image, row.method, row.metric)))
def test_scores_come_back_bit_identical(rows: list[ScoreRow]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Store.create_or_open(folder) as store:
            store.put_scores(rows)
            assert len(store.finished_scores()) == len(rows)
        with Store.read(folder) as store:
            found = {(row.image, row.method, row.metric): row for row in store.scores()}
    assert found == {(row.image, row.method, row.metric): row for row in rows}
    for row in rows:
        assert all_bits(found[row.image, row.method, row.metric]) == all_bits(row)


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.float32, arrays.array_shapes(min_dims=3, max_dims=3, min_side=0, max_side=4)), texts, texts)
def test_maps_come_back_bit_identical(array: NDArray[np.float32], image: str, method: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Store.create_or_open(folder) as store:
            store.put_maps([MapRow(image, method, array)])
        with Store.read(folder) as store:
            found = store.load_map(image, method)
    assert found is not None
    assert (found.shape, found.dtype, found.tobytes()) == (array.shape, array.dtype, array.tobytes())


def test_a_part_file_has_the_same_bytes_whatever_the_layout_of_the_array(tmp_path: Path) -> None:
    array = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    contents = []
    for number, same in enumerate((array, np.asfortranarray(array), array[:, ::-1][:, ::-1])):
        with Store.create_or_open(tmp_path / str(number)) as store:
            store.put_maps([MapRow("x", "gradient", same)])
        (part,) = (tmp_path / str(number)).glob("maps/*/*")
        contents.append((part.relative_to(tmp_path / str(number)), part.read_bytes()))
    assert contents == contents[:1] * 3


def test_an_undefined_map_is_finished_and_keeps_its_reason(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.put_maps([MapRow("x", "grad_cam", None, "all activations are 0")])
        assert store.finished_maps() == {("x", "grad_cam")}
        assert store.load_map("x", "grad_cam") is None
        assert store.load_map("y", "grad_cam") is None
        kept = store.kept_maps({"x"})
        assert kept.find("x", "grad_cam") == "all activations are 0"
        assert kept.find("x", "gradient") is kept.find("y", "grad_cam") is None
        assert kept.damaged == []


def test_a_reason_that_names_a_file_which_is_not_unicode_is_stored(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.put_scores([ScoreRow("x", "m", "k", None, "cannot read \udcff.png", {}, "failed")])
        store.add_event("skipped", "\udcff.png")
        assert [row.reason for row in store.scores()] == ["cannot read \\udcff.png"]
        assert store.events()[-1].text == "\\udcff.png"


def test_nan_is_never_stored(tmp_path: Path) -> None:
    with pytest.raises(BugError, match="HP330"):
        ScoreRow("x", "m", "k", math.nan)
    with Store.create_or_open(tmp_path) as store:
        store.put_scores([ScoreRow("x", "m", "k", 1.0, None, {"c": [1.0, math.nan]})])
        assert [row.curves for row in store.scores()] == [{"c": [1.0, None]}]


@pytest.mark.parametrize(
    "make",
    [
        lambda: MapRow("x", "m", None),
        lambda: MapRow("x", "m", np.zeros((1, 2, 2), np.float32), "reason"),
        lambda: MapRow("x", "m", np.zeros((1, 2, 2), np.float64)),
        lambda: MapRow("x", "m", np.zeros((1, 2, 2), ">f4")),
        lambda: MapRow("x", "m", np.zeros((2, 2), np.float32)),
        lambda: ScoreRow("x", "m", "k", None),
        lambda: ScoreRow("x", "m", "k", 1.0, "reason", {}, "undefined"),
    ],
)
def test_contradictory_rows_are_a_bug_of_the_caller(make: Callable[[], object]) -> None:
    with pytest.raises(BugError, match="HP330"):
        make()


def test_meta_and_events(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        assert store.get_meta("study") is None
        store.set_meta("study", {"seed": 1, "sigma": [0.1, None, "ä"]})
        store.set_meta("study", {"seed": 2, "sigma": [0.1, None, "ä"]})
        store.add_event("note", "first")
        store.add_event("note", "second")
    with Store.read(tmp_path) as store:
        assert store.get_meta("study") == {"seed": 2, "sigma": [0.1, None, "ä"]}
        assert [(event.kind, event.text) for event in store.events()] == [("note", "first"), ("note", "second")]
        with pytest.raises(BugError, match="opened for reading"):
            store.put_maps([MapRow("x", "m", np.zeros((1, 1, 1), np.float32))])
        with pytest.raises(BugError, match="opened for reading"):
            store.set_meta("study", 1)


def test_the_digest_depends_on_results_only(run: Run, digest: str, tmp_path: Path) -> None:
    order = random.Random(1)
    maps, scores_ = list(run.maps.values()), list(run.scores.values())
    order.shuffle(maps)
    order.shuffle(scores_)
    for half in (slice(0, None, 2), slice(1, None, 2)):  # two sessions, other order, scores first
        with Store.create_or_open(tmp_path) as store:
            store.put_scores(scores_[half])
            store.put_maps(maps[half])
    units = list(run.units)
    order.shuffle(units)
    with Store.create_or_open(tmp_path) as store:
        assert store.digest(units) == store.digest(units * 2) == digest
        row = scores_[0]
        curves_ = {**row.curves, "curve": [0.0, *row.curves["curve"][1:]]}
        store.put_scores([ScoreRow(row.image, row.method, row.metric, row.value, row.reason, curves_, row.kind)])
        assert store.digest(units) != digest
        store.put_scores([row])
        assert store.digest(units) == digest
        assert store.digest(units[1:]) != digest


def test_a_missing_unit_and_a_negative_zero_change_the_digest(tmp_path: Path) -> None:
    unit = ("x", "m", "k")
    digests = set()
    with Store.create_or_open(tmp_path) as store:
        digests.add(store.digest([unit]))
        for value in (0.0, -0.0):
            store.put_scores([ScoreRow(*unit, value)])
            digests.add(store.digest([unit]))
    assert len(digests) == 3


def test_the_order_in_which_curves_are_named_does_not_change_the_digest(tmp_path: Path) -> None:
    digests = set()
    with Store.create_or_open(tmp_path) as store:
        for names in ("ab", "ba"):
            store.put_scores([ScoreRow("x", "m", "k", 1.0, None, {name: [0.5] for name in names})])
            digests.add(store.digest([("x", "m", "k")]))
    assert len(digests) == 1


def test_a_moved_and_a_copied_folder_open(run: Run, done: Path, digest: str, tmp_path: Path) -> None:
    shutil.copytree(done, tmp_path / "copy ä?#%")
    (tmp_path / "copy ä?#%").rename(tmp_path / "moved ä?#%")
    for opened in (Store.read, Store.create_or_open):
        with opened(tmp_path / "moved ä?#%") as store:
            assert store.digest(run.units) == digest
            assert store.verify() == []
            run.expect_nothing_wrong(store)


def test_scores_come_in_the_order_of_their_keys(run: Run, done: Path) -> None:
    with Store.read(done) as store:
        keys = [(row.image, row.method, row.metric) for row in store.scores()]
    assert keys == sorted(run.scores)
