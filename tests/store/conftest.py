"""A finished run folder to read, copy and damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_run import Run

from heatproof.store import Store


@pytest.fixture(scope="session")
def run() -> Run:
    return Run(images=6)


@pytest.fixture(scope="session")
def done(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run folder. Tests that change it copy it first."""
    folder = tmp_path_factory.mktemp("done") / "run"
    with Store.create_or_open(folder) as store:
        store.set_meta("study", {"name": "planted", "seed": 3})
        run.resume(store)
    return folder


@pytest.fixture(scope="session")
def digest(run: Run, done: Path) -> str:
    with Store.read(done) as store:
        return store.digest(run.units)
