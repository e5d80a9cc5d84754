"""kill -9 at random moments of every packaged study, also while it trains: the bytes of the undisturbed run."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from reduced_studies import REDUCED
from study_kit import content

from heatproof.spec.packaged import FOLDER
from heatproof.store.store import Store

RUN = "from heatproof.train import resume; resume.EVERY = 0.5\nfrom heatproof.cli import main; main()"
"""Where a training keeps its state every half second: those of the reduced studies take less than the usual 20."""


class Place:
    """A run folder, and weights that are trained when they are first asked for: those of all studies."""

    def __init__(self, folder: Path, cache: Path, study: str, workers: int) -> None:
        self.folder, self.cache = folder, cache
        settings = [word for one in (*REDUCED[study], f"compute.workers={workers}") for word in ("--set", one)]
        self._command = [sys.executable, "-c", RUN, "--quiet", "run", study, *settings, "--out", str(folder)]
        self._environment = {**os.environ, "HEATPROOF_CACHE": str(cache), "OMP_NUM_THREADS": "1"}

    def run(self) -> None:
        """To the end."""
        subprocess.run(self._command, check=True, capture_output=True, env=self._environment)

    def kill(self, after: Callable[[], object], seconds: float) -> bool:
        """Kill a run so long after what `after` gives has changed; True if it was still running."""
        before, quiet = after(), {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        child = subprocess.Popen(self._command, **quiet, env=self._environment)
        while after() == before and child.poll() is None:
            time.sleep(0.05)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        return child.wait() == -signal.SIGKILL

    def orphans(self) -> list[str]:
        """Processes of this run that still live; a moment for those that are ending, less than they take to report."""
        for _ in range(6):
            alive = [p.parent.name for p in Path("/proc").glob("[0-9]*/cmdline") if str(self.folder) in _words(p)]
            if not alive:
                break
            time.sleep(0.05)
        return alive

    def stored(self) -> int:
        """Maps and scores that are there."""
        if not (self.folder / "run.sqlite").exists():
            return 0
        with Store.read(self.folder) as store:
            return len(store.finished_maps()) + len(store.finished_scores())

    def written(self) -> list[tuple[str, int]]:
        """The files that are there, unfinished weights among them, and how large they are."""
        files = [*self.cache.glob("*"), *self.cache.glob(".*"), *self.folder.glob("run.sqlite*")]
        return [(file.name, _size(file)) for file in sorted(files)]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _words(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def weights(cache: Path) -> dict[str, str]:
    """Every file of the cache."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in cache.iterdir()}


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Weights of undisturbed runs, and of those that are killed."""
    whole, killed = (tmp_path_factory.mktemp(name) for name in ("whole", "killed"))
    return whole, killed


def test_every_study_of_a_paper_is_among_them() -> None:
    assert {file.name.split(".")[0] for file in FOLDER.glob("*.full.yaml")} <= set(REDUCED)


@pytest.mark.slow
@pytest.mark.parametrize("study", REDUCED)
def test_a_packaged_study_goes_on_after_kills(study: str, tmp_path: Path, caches: tuple[Path, Path]) -> None:
    whole, place = Place(tmp_path / "a", caches[0], study, 1), Place(tmp_path / "b", caches[1], study, 2)
    whole.run()
    want, moments, killed, stored = content(whole.folder), random.Random(study), 0, []
    for after in (place.written, place.stored, place.stored):  # while it trains or begins, then amid its results
        killed += place.kill(after, moments.uniform(0, 1))
        assert not place.orphans()
        stored.append(place.stored())
    place.run()
    assert content(place.folder) == want
    assert weights(caches[1]) == weights(caches[0])
    assert killed >= 2, "most kills must hit a running study"
    assert stored == sorted(stored), "what was stored stays"
    assert any(0 < n < place.stored() for n in stored), "a kill must come when some is done and some is not"
