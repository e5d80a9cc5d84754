"""Which folders are run folders, and what is said about those that are not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from store_run import Run

from heatproof.store import MapRow, Store
from heatproof.store.table import META
from heatproof.vocabulary.errors import StorageError, catalogue
from heatproof.vocabulary.messages.store import MESSAGES


@contextmanager
def nobody() -> Iterator[None]:
    """Permission bits do not bind root: become somebody whom they bind."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def sealed(done: Path) -> Iterator[Path]:
    """A run folder in which nothing may be written, in a place that everybody can reach."""
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        folder = Path(shutil.copytree(done, Path(outer) / "run"))
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            with nobody():
                yield folder
        finally:
            for path in (folder, *folder.rglob("*")):
                path.chmod(path.stat().st_mode | stat.S_IRWXU)


def test_a_new_and_an_empty_folder_become_run_folders(tmp_path: Path) -> None:
    for folder in (tmp_path / "a" / "b" / "new", tmp_path / "empty"):
        if folder.name == "empty":
            folder.mkdir()
        with Store.create_or_open(folder) as store:
            store.put_maps([MapRow("x", "m", np.zeros((1, 1, 1), np.float32))])
        assert sorted(path.name for path in folder.iterdir()) == ["lock", "maps", "run.sqlite"]
        (part,) = (folder / "maps").glob("*/*")
        assert part.suffix == ".safetensors"
        assert part.name.startswith(part.parent.name)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match=f"HP310 .*{tmp_path / 'file'} is a file"):
            Store.create_or_open(folder)
        with pytest.raises(StorageError, match="HP312"):
            Store.read(folder)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("entry", ["holiday.jpg", "maps", "run.sqlite.bak"])
def test_a_folder_with_other_things_is_refused_untouched(tmp_path: Path, entry: str) -> None:
    (tmp_path / entry).mkdir()
    with pytest.raises(StorageError, match=f"HP311 .*{entry}"):
        Store.create_or_open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [entry]


def test_other_files_beside_a_run_are_welcome(run: Run, done: Path, tmp_path: Path, digest: str) -> None:
    folder = shutil.copytree(done, tmp_path / "run")
    (folder / "report.html").write_text("report")
    with Store.create_or_open(folder) as store:
        assert store.digest(run.units) == digest


def half_made(folder: Path) -> None:
    """A writer was killed before its first commit."""
    folder.mkdir()
    (folder / "lock").touch()
    (folder / "run.sqlite").touch()


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: folder.mkdir(), half_made])
def test_reading_where_no_run_is(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "run")
    with pytest.raises(StorageError, match="HP312"):
        Store.read(tmp_path / "run")
    Store.create_or_open(tmp_path / "run").close()


def test_a_newer_format_is_refused_by_both_and_left_alone(done: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(done, tmp_path / "run")
    connection = sqlite3.connect(folder / "run.sqlite")
    META.put(connection, [("store_format", "7")])
    connection.commit()
    connection.close()
    for opened in (Store.read, Store.create_or_open):
        with pytest.raises(StorageError, match=r"HP313 .* run format 7, this heatproof reads up to 1"):
            opened(folder)


@pytest.mark.parametrize(
    "content", [b"", b"not a database, but long enough to look like one" * 100, b"SQLite format 3\0" * 9]
)
def test_a_database_that_is_none(done: Path, tmp_path: Path, content: bytes) -> None:
    folder = shutil.copytree(done, tmp_path / "run")
    (folder / "run.sqlite").write_bytes(content)
    with pytest.raises(StorageError, match=r"HP314 .*run\.sqlite is damaged"):
        Store.create_or_open(folder)
    with pytest.raises(StorageError, match=r"HP31[24]"):
        Store.read(folder)
    assert (folder / "run.sqlite").read_bytes() == content
    assert (folder / "lock").read_text() == "", "the lock is given back"


def test_a_database_of_somebody_else(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "run.sqlite")
    connection.execute("CREATE TABLE meta (key, value)")
    connection.close()
    with pytest.raises(StorageError, match="HP314"):
        Store.create_or_open(tmp_path)


def test_leftovers_of_a_killed_writer_are_removed(run: Run, done: Path, tmp_path: Path, digest: str) -> None:
    folder = shutil.copytree(done, tmp_path / "run")
    part = min(folder.glob("maps/*/*"))
    leftover = part.with_name("0123.safetensors.tmp")
    leftover.write_bytes(b"half")
    Store.read(folder).close()
    assert leftover.exists(), "a reader changes nothing"
    with Store.create_or_open(folder) as store:
        assert [event.text for event in store.events()] == ["1 unfinished map files removed"]
        assert store.digest(run.units) == digest
        run.expect_nothing_wrong(store)
    assert not leftover.exists()


def test_a_read_only_folder_can_be_read_and_is_not_written(run: Run, sealed: Path, digest: str) -> None:
    with Store.read(sealed) as store:
        assert store.digest(run.units) == digest
        assert store.verify() == []
    with pytest.raises(StorageError, match=r"HP320 .*lock cannot be used: Permission denied"):
        Store.create_or_open(sealed)
    with pytest.raises(StorageError, match="HP320"):
        Store.create_or_open(sealed / "below")


def test_the_folder_vanishes_while_writing(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    store = Store.create_or_open(folder)
    shutil.rmtree(folder)
    with pytest.raises(StorageError, match="HP318"):
        store.put_maps(list(run.maps.values()))
    store.close()
    assert not folder.exists()


def test_every_message_of_the_store_is_one_line_and_has_its_exit_code() -> None:
    assert MESSAGES.items() <= catalogue().items()
    assert len(MESSAGES) >= 12
    for code, message in MESSAGES.items():
        assert "\n" not in message.text
        assert message.exit_code == (3 if code == "HP330" else 5)
        assert message.why
