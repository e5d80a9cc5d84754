"""kill -9 at random moments of a run, then the same command: the same bytes as the undisturbed run."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from study_kit import content

from heatproof.store.store import Store

STUDY = """
heatproof: 1
models: [digits-cnn]
data: {name: mnist5k, images: 6}
methods: [gradient, smoothgrad: {n: 16}, grad_cam, occlusion, smooth_taylor: {n: 2, tune: autvc}]
metrics: [deletion: {steps: 12}, sensitivity_n: {sizes: 3}, parameter_randomization: {stages: 2}, gini]
compute: {batch: 16, workers: WORKERS}
"""


def command(folder: Path, study: Path) -> list[str]:
    return [sys.executable, "-m", "heatproof", "--quiet", "run", str(study), "--out", str(folder)]


def run_to_the_end(folder: Path, study: Path) -> None:
    subprocess.run(command(folder, study), check=True, capture_output=True)


def kill_at(folder: Path, study: Path, seconds: float) -> bool:
    """Start a run, kill it; True if it was still running."""
    child = subprocess.Popen(command(folder, study), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
    return child.wait() == -signal.SIGKILL


def compare(tmp_path: Path, kills: int, workers: int) -> None:
    alone, study = tmp_path / "alone.yaml", tmp_path / "study.yaml"
    alone.write_text(STUDY.replace("WORKERS", "1"))
    study.write_text(STUDY.replace("WORKERS", str(workers)))
    began = time.monotonic()
    run_to_the_end(tmp_path / "undisturbed", alone)
    whole = time.monotonic() - began
    want = content(tmp_path / "undisturbed")
    moments = random.Random(7)
    killed = stored = 0
    for i in range(kills):
        folder = tmp_path / f"killed {i}"
        killed += kill_at(folder, study, moments.uniform(0.3, 1.0) * whole)
        if (folder / "run.sqlite").exists():
            with Store.read(folder) as store:
                stored += bool(store.finished_maps())
        run_to_the_end(folder, study)
        assert content(folder) == want
    assert killed >= kills / 2, "most kills must hit a running study"
    assert stored or kills < 5, "some kills must come when something is in the store"


@pytest.mark.parametrize("workers", [1, 3])
def test_two_kills(tmp_path, workers):
    compare(tmp_path, 2, workers)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_twenty_kills(tmp_path, workers):
    compare(tmp_path, 20, workers)
