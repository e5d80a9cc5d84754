"""Flipped bits and cut files are noticed, or harmless: never a wrong value, and a resume repairs them."""

from __future__ import annotations

import random
import shutil
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from store_run import Run, refusal_of

from heatproof.store import Store
from heatproof.vocabulary.errors import StorageError


def copy(done: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(done, folder))


def flip(file: Path, position: int) -> None:
    content = bytearray(file.read_bytes())
    content[position // 8] ^= 1 << position % 8
    file.write_bytes(content)


def first_part(folder: Path) -> Path:
    return min(folder.glob("maps/*/*"))


def read_all(run: Run, folder: Path) -> None:
    with Store.read(folder) as store:
        run.expect_nothing_wrong(store)
        assert store.get_meta("study") == {"name": "planted", "seed": 3}


def resume(run: Run, folder: Path, digest: str) -> bool:
    """Whether the damage was noticed. Afterwards everything is there and sound."""
    with Store.create_or_open(folder) as store:
        run.expect_nothing_wrong(store)
        assert store.get_meta("study") in ({"name": "planted", "seed": 3}, None)
        run.resume(store)
        assert store.verify() == []
        assert store.digest(run.units) == digest
        assert list(store.scores()) == [run.scores[unit] for unit in sorted(run.scores)]
        return bool(store.events())


def outcome(run: Run, folder: Path, digest: str) -> str:
    """Of a damaged database: 'refused', 'repaired' or 'harmless'. Never a wrong value on the way."""
    refusal_of(lambda: read_all(run, folder))
    noticed: list[bool] = []
    refusal = refusal_of(lambda: noticed.append(resume(run, folder, digest)))
    if refusal is not None:
        assert "run.sqlite" in str(refusal)
        return "refused"
    return "repaired" if noticed[0] else "harmless"


def test_a_flipped_bit_anywhere_in_the_database(run: Run, done: Path, digest: str, tmp_path: Path) -> None:
    size = (done / "run.sqlite").stat().st_size * 8
    results = []
    for position in random.Random(3).sample(range(size), 100):
        folder = copy(done, tmp_path / "run")
        flip(folder / "run.sqlite", position)
        results.append(outcome(run, folder, digest))
    assert results.count("repaired") > 15, results
    assert results.count("refused") < 15, results


def test_a_flipped_bit_anywhere_in_a_map(run: Run, done: Path, digest: str, tmp_path: Path) -> None:
    folder = copy(done, tmp_path / "run")
    part = first_part(folder)
    sound = part.read_bytes()
    with Store.create_or_open(folder) as writer:
        for position in random.Random(4).sample(range(len(sound) * 8), 100):
            flip(part, position)
            with Store.read(folder) as reader:
                (refusal,) = filter(None, (refusal_of(partial(reader.load_map, *unit)) for unit in run.maps))
            assert refusal.code == "HP315"
            assert str(part) in str(refusal)

            (unit,) = (
                unit for unit, row in run.maps.items() if writer.load_map(*unit) is None and row.array is not None
            )
            assert writer.finished_maps() == set(run.maps) - {unit}
            assert part.name in writer.events()[-1].text
            writer.put_maps([run.maps[unit]])
            assert part.read_bytes() == sound
        assert writer.digest(run.units) == digest


@pytest.mark.parametrize("keep", [0.0, 0.01, 0.3, 0.5, 0.9, 0.999])
def test_a_cut_database(run: Run, done: Path, digest: str, tmp_path: Path, keep: float) -> None:
    folder = copy(done, tmp_path / "run")
    content = (folder / "run.sqlite").read_bytes()
    (folder / "run.sqlite").write_bytes(content[: int(len(content) * keep)])
    assert outcome(run, folder, digest) != "harmless"


@pytest.mark.parametrize("keep", [0, 1, 8, 100, -1])
def test_a_cut_map(run: Run, done: Path, tmp_path: Path, keep: int) -> None:
    folder = copy(done, tmp_path / "run")
    part = first_part(folder)
    part.write_bytes(part.read_bytes()[:keep])
    with Store.create_or_open(folder) as store:
        (finding,) = store.verify()
        assert part.name in finding
        assert len(store.finished_maps()) == len(run.maps) - 1
        assert store.verify() == []


def test_a_deleted_map_is_named_by_a_reader_and_dropped_by_a_writer(run: Run, done: Path, tmp_path: Path) -> None:
    folder = copy(done, tmp_path / "run")
    part = first_part(folder)
    part.unlink()
    with Store.read(folder) as store:
        assert [part.name in finding for finding in store.verify()] == [True]
        assert len(store.finished_maps()) == len(run.maps)
    with Store.create_or_open(folder) as store:
        assert len(store.verify()) == 1
        assert len(store.finished_maps()) == len(run.maps) - 1


@pytest.mark.parametrize("column", ["image", "method", "metric", "kind", "value", "reason", "curves", "checksum"])
def test_a_changed_value_in_any_column(run: Run, done: Path, digest: str, tmp_path: Path, column: str) -> None:
    folder = copy(done, tmp_path / "run")
    connection = sqlite3.connect(folder / "run.sqlite")
    where = "image = 'image-2' AND method = 'edges' AND metric = 'gini'"
    connection.execute(f"UPDATE scores SET {column} = 'other' WHERE {where}")
    connection.commit()
    connection.close()
    unit = ("image-2", "edges", "gini")
    with Store.read(folder) as store:
        assert store.finished_scores() == set(run.scores) - {unit}
        assert store.verify() == ["run.sqlite: 1 damaged rows in scores"]
    with Store.create_or_open(folder) as store:
        assert store.finished_scores() == set(run.scores) - {unit}
        assert store.events()[-1].kind == "damage"
        store.put_scores([run.scores[unit]])
        assert store.verify() == []
        assert store.digest(run.units) == digest


@pytest.mark.parametrize("column", ["key", "value"])
def test_a_damaged_setting_is_refused_to_readers_and_forgotten_by_writers(
    done: Path, tmp_path: Path, column: str
) -> None:
    folder = copy(done, tmp_path / "run")
    connection = sqlite3.connect(folder / "run.sqlite")
    connection.execute(f"""UPDATE meta SET {column} = '{{"seed": 4}}' WHERE key = 'study'""")
    connection.commit()
    connection.close()
    with Store.read(folder) as store, pytest.raises(StorageError, match=r"HP321.*'study'"):
        store.get_meta("study")
    with Store.create_or_open(folder) as store:
        assert store.get_meta("study") is None
        assert len(store.verify()) == (column == "key"), "a row under another key is found by a scan only"
        assert store.events()[-1].kind == "damage"
