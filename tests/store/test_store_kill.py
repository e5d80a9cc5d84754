"""kill -9 at any moment: what was acknowledged is there, and the resumed run has the same bytes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_writer import rows

from heatproof.store import Store

WRITER = Path(__file__).with_name("store_writer.py")
IMAGES = 4000


def start(folder: Path, images: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(folder), str(images)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def kill_once(folder: Path, lines: int, patience: float) -> set[tuple[str, int]]:
    """Start a writer, kill it `patience` seconds after so many lines of it; what it had acknowledged."""
    process = start(folder, IMAGES)
    assert process.stdout is not None
    output = "".join(process.stdout.readline() for _ in range(lines))
    time.sleep(patience)
    process.kill()
    output += process.communicate()[0]
    words = (line.split() for line in output.splitlines(keepends=True) if line.endswith("\n"))
    return {(word[0], int(word[1])) for word in words if word[0] != "open"}


def expect_all(folder: Path, acknowledged: set[tuple[str, int]]) -> None:
    with Store.create_or_open(folder) as store:
        assert store.verify() == []
        scores = {(row.image, row.method): row for row in store.scores()}
        for what, number in acknowledged:
            maps, expected = rows(number)
            if what == "maps":
                for row in maps:
                    found = store.load_map(row.image, row.method)
                    assert found is not None
                    assert row.array is not None
                    assert found.tobytes() == row.array.tobytes()
            else:
                assert [scores[row.image, row.method] for row in expected] == expected
        assert not list(folder.glob("maps/*/*.tmp"))


def kill_often(folder: Path, kills: int, seed: int) -> None:
    moments = random.Random(seed)
    acknowledged: set[tuple[str, int]] = set()
    for kill in range(kills):
        # Every fifth kill comes while the writer starts, the others while it puts.
        lines, patience = (
            (0, moments.uniform(0, 0.3)) if kill % 5 == 0 else (moments.randint(1, 8), moments.uniform(0, 0.01))
        )
        acknowledged |= kill_once(folder, lines, patience)
        expect_all(folder, acknowledged)
    assert len(acknowledged) > kills
    last = max(number for _, number in acknowledged) + 3
    finish = start(folder, last)
    finish.communicate()
    assert finish.returncode == 0

    undisturbed = folder.with_name("undisturbed")
    with Store.create_or_open(undisturbed) as store:
        for number in range(last):
            maps, scores = rows(number)
            store.put_maps(maps)
            store.put_scores(scores)
    units = [(f"image-{n:05}", m, *metric) for n in range(last) for m in "ab" for metric in ((), ("deletion",))]
    with Store.read(folder) as one, Store.read(undisturbed) as other:
        assert one.digest(units) == other.digest(units)
    parts = {path.relative_to(undisturbed): path.read_bytes() for path in undisturbed.glob("maps/*/*")}
    assert parts == {path: (folder / path).read_bytes() for path in parts}


def test_twenty_kills(tmp_path: Path) -> None:
    kill_often(tmp_path / "run", 20, seed=1)


@pytest.mark.slow
def test_a_hundred_kills(tmp_path: Path) -> None:
    kill_often(tmp_path / "run", 100, seed=2)
