"""Every write can fail: the error is one line with exit code 5, and nothing acknowledged is lost."""

from __future__ import annotations

import errno
import os
import resource
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from store_run import Run, refusal_of

from heatproof.store import MapRow, ScoreRow, Store
from heatproof.vocabulary.errors import StorageError

CALLS = ("write", "pwrite", "fsync", "replace", "mkdir", "open", "ftruncate")


class Faulty:
    """The n-th of the system calls of the store fails, and so do all that follow if `forever`."""

    def __init__(self, patch: pytest.MonkeyPatch, n: int, number: int, *, forever: bool) -> None:
        self.calls, self.n, self.number, self.forever = 0, n, number, forever
        for name in CALLS:
            patch.setattr(os, name, self.wrap(getattr(os, name)))

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def faulty(*arguments: Any, **more: Any) -> Any:
            self.calls += 1
            if self.calls == self.n or (self.forever and self.calls > self.n):
                raise OSError(self.number, os.strerror(self.number))
            return call(*arguments, **more)

        return faulty

    @property
    def struck(self) -> bool:
        return self.calls >= self.n


def session(run: Run, folder: Path, acknowledged: list[tuple[str, ...]]) -> None:
    with Store.create_or_open(folder) as store:
        for image in ("image-0", "image-1"):
            maps = [row for unit, row in run.maps.items() if unit[0] == image]
            store.put_maps(maps)
            acknowledged += [(row.image, row.method) for row in maps]
            scores = [row for unit, row in run.scores.items() if unit[0] == image]
            store.put_scores(scores)
            acknowledged += [(row.image, row.method, row.metric) for row in scores]


@pytest.mark.parametrize(("number", "forever"), [(errno.ENOSPC, True), (errno.EIO, False), (errno.EACCES, True)])
def test_every_system_call_fails_in_turn(tmp_path: Path, number: int, forever: bool) -> None:
    code = "HP319" if number == errno.ENOSPC else "HP320"
    run = Run(images=2, methods=("gradient",))
    with Store.create_or_open(tmp_path / "undisturbed") as store:
        run.resume(store)
        digest = store.digest(run.units)
    for n in range(1, 200):
        folder = tmp_path / "run"
        shutil.rmtree(folder, ignore_errors=True)
        acknowledged: list[tuple[str, ...]] = []
        with pytest.MonkeyPatch.context() as patch:
            faulty = Faulty(patch, n, number, forever=forever)
            refusal = refusal_of(partial(session, run, folder, acknowledged))
        assert refusal is None or (refusal.code, refusal.exit_code) == (code, 5)
        with Store.create_or_open(folder) as store:
            assert set(acknowledged) <= store.finished_maps() | store.finished_scores()
            assert not list(folder.glob("maps/*/*.tmp"))
            assert store.verify() == []
            run.resume(store)
            assert store.digest(run.units) == digest
        if not faulty.struck:
            break
    assert 25 < n < 199, "every call of the session must have had its turn"


def put_until_refused(store: Store, rows: list[ScoreRow], step: int) -> tuple[int, StorageError]:
    """How many rows were acknowledged before the refusal."""
    for stored in range(0, len(rows), step):
        refusal = refusal_of(partial(store.put_scores, rows[stored : stored + step]))
        if refusal is not None:
            return stored, refusal
    raise AssertionError("nothing was refused")


def test_short_writes_are_completed(run: Run, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, content[:7]))
    with Store.create_or_open(tmp_path) as store:
        store.put_maps(list(run.maps.values()))
    for part in done.glob("maps/*/*"):
        assert (tmp_path / part.relative_to(done)).read_bytes() == part.read_bytes()


def test_a_database_that_may_not_grow(tmp_path: Path) -> None:
    rows = [ScoreRow(f"image-{i}", "m", "k", float(i), None, {"c": [0.5] * 100}) for i in range(200)]
    with Store.create_or_open(tmp_path) as store:
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages + 8}")
        stored, refusal = put_until_refused(store, rows, 5)
        assert str(refusal).startswith(f"HP319 no space left on the disk of {tmp_path / 'run.sqlite'}")
        assert 0 < stored < 195
        assert list(store.scores()) == sorted(rows[:stored], key=lambda row: row.image)
    with Store.create_or_open(tmp_path) as store:
        assert len(store.finished_scores()) == stored
        store.put_scores(rows)
        assert store.verify() == []


def test_the_kernel_refuses_to_write_more_bytes(tmp_path: Path) -> None:
    """A real refusal, below SQLite too: no file may grow beyond the limit."""
    rows = [ScoreRow(f"image-{i}", "m", "k", float(i), None, {"c": [0.5] * 100}) for i in range(400)]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in range(100_000, 400_000, 50_000):
        folder = tmp_path / str(limit)
        with Store.create_or_open(folder) as store:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            try:
                stored, refusal = put_until_refused(store, rows, 10)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)
            assert refusal.exit_code == 5
        with Store.create_or_open(folder) as store:
            assert len(store.finished_scores()) == stored
            assert store.verify() == []


def test_a_map_that_does_not_fit_leaves_the_others_alone(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    small = MapRow("x", "m", np.ones((1, 2, 2), np.float32))
    large = MapRow("y", "m", np.ones((3, 200, 200), np.float32))
    with Store.create_or_open(tmp_path) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
        try:
            store.put_maps([small])
            with pytest.raises(StorageError, match="HP320"):
                store.put_maps([MapRow("z", "m", np.zeros((1, 2, 2), np.float32)), large])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert store.finished_maps() == {("x", "m")}
        assert len(list(tmp_path.glob("maps/*/*"))) == 1
        store.put_maps([large])
        assert store.finished_maps() == {("x", "m"), ("y", "m")}
