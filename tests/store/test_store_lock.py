"""One writer per run folder; readers are always welcome."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from store_run import Run
from store_writer import rows

from heatproof.store import MapRow, ScoreRow, Store, owner
from heatproof.vocabulary.errors import StorageError

OPENER = """
import sys, time
from heatproof.store import Store
from heatproof.vocabulary.errors import HeatproofError
try:
    store = Store.create_or_open(sys.argv[1])
except HeatproofError as error:
    print(error.exit_code, error, flush=True)
else:
    print("open", flush=True)
    sys.stdin.readline()
    store.close()
"""


def opener(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", OPENER, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def leave_lock(folder: Path, **changes: Any) -> None:
    """The lock of a writer that did not close the folder."""
    with Store.create_or_open(folder):
        pass
    mine = owner.Owner.current()
    text = {"pid": mine.pid, "host": mine.host, "start": mine.start, "beat": mine.beat, **changes}
    (folder / "lock").write_text(json.dumps(text))


def free_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_second_writer_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path):
        with pytest.raises(StorageError, match=f"HP316 .* process {os.getpid()} on this machine"):
            Store.create_or_open(tmp_path)
        second = opener(tmp_path)
        assert said(second).startswith(f"5 HP316 {tmp_path} is being written by process {os.getpid()} ")
        second.communicate()
    Store.create_or_open(tmp_path).close()


def test_of_many_starters_exactly_one_gets_the_folder(tmp_path: Path) -> None:
    starters = [opener(tmp_path / "run") for _ in range(6)]
    words = [said(starter) for starter in starters]
    assert words.count("open") == 1, words
    winner = starters[words.index("open")]
    assert all(word == "open" or f"process {winner.pid} on this machine" in word for word in words), words
    for starter in starters:
        starter.communicate("\n")


def test_a_killed_writer_gives_way_at_once(tmp_path: Path) -> None:
    first = opener(tmp_path)
    assert said(first) == "open"
    first.kill()
    begun = time.monotonic()
    with Store.create_or_open(tmp_path) as store:
        assert [event.kind for event in store.events()] == ["takeover"]
        assert str(first.pid) in store.events()[0].text
    assert time.monotonic() - begun < 2
    first.communicate()


def test_a_pid_that_now_belongs_to_another_process_does_not_hold_the_lock(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    leave_lock(tmp_path, pid=other.pid, start="an earlier process")
    with Store.create_or_open(tmp_path) as store:
        assert len(store.events()) == 1
    leave_lock(tmp_path, pid=other.pid, start=owner.start_token(other.pid))
    with pytest.raises(StorageError, match=f"HP316.*{other.pid}"):
        Store.create_or_open(tmp_path)
    other.communicate(b"\n")
    Store.create_or_open(tmp_path).close()


def test_without_proc_the_pid_alone_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "start_token", lambda pid: "" if owner._answers(pid) else None)
    leave_lock(tmp_path, pid=os.getppid(), start="")
    with pytest.raises(StorageError, match="HP316"):
        Store.create_or_open(tmp_path)
    leave_lock(tmp_path / "other", pid=free_pid(), start="")
    Store.create_or_open(tmp_path / "other").close()


def test_another_host_with_a_fresh_heartbeat_is_refused_and_says_how_to_force(tmp_path: Path) -> None:
    leave_lock(tmp_path, host="far-away", pid=4711, beat=time.time() - 20)
    with pytest.raises(
        StorageError, match=r"HP317 .*4711 on far-away \(last sign of life 2\d s ago\).*delete .*lock"
    ) as e:
        Store.create_or_open(tmp_path)
    assert str(tmp_path / "lock") in str(e.value)
    (tmp_path / "lock").unlink()
    Store.create_or_open(tmp_path).close()


def test_a_stale_heartbeat_of_another_host_is_taken_over(tmp_path: Path) -> None:
    leave_lock(tmp_path, host="far-away", beat=time.time() - 61)
    with Store.create_or_open(tmp_path) as store:
        assert "far-away" in store.events()[0].text


@pytest.mark.parametrize("text", ["", "{", "null", '{"pid": "x"}', "\0" * 512, "[1]"])
def test_an_unreadable_lock_that_nobody_holds_is_no_obstacle(tmp_path: Path, text: str) -> None:
    Store.create_or_open(tmp_path).close()
    (tmp_path / "lock").write_text(text)
    Store.create_or_open(tmp_path).close()


def test_the_heart_beats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heatproof.store.lock._BEAT_SECONDS", 0.01)
    with Store.create_or_open(tmp_path):
        first = json.loads((tmp_path / "lock").read_text())
        assert (first["pid"], first["host"]) == (os.getpid(), socket.gethostname())
        time.sleep(0.1)
        assert json.loads((tmp_path / "lock").read_text())["beat"] > first["beat"]
    assert (tmp_path / "lock").read_text() == ""


@pytest.mark.parametrize("how", ["taken over", "deleted"])
def test_a_writer_that_lost_its_lock_stops(run: Run, tmp_path: Path, how: str) -> None:
    store = Store.create_or_open(tmp_path)
    if how == "deleted":
        (tmp_path / "lock").unlink()
    else:
        (tmp_path / "lock").write_text(json.dumps({"pid": 1, "host": "far-away", "start": "", "beat": time.time()}))
    for put in (lambda: store.put_maps(list(run.maps.values())), lambda: store.put_scores(run.scores.values())):
        with pytest.raises(StorageError, match="HP318"):
            put()
    before = (tmp_path / "lock").read_text() if how == "taken over" else None
    store.close()
    assert before is None or (tmp_path / "lock").read_text() == before


def test_a_forked_child_neither_writes_nor_keeps_the_lock(tmp_path: Path) -> None:
    """A data loader's worker may outlive a killed writer; the folder must not stay locked by it."""
    program = """
import os, sys, time
from heatproof.store import ScoreRow, Store
from heatproof.vocabulary.errors import StorageError
store = Store.create_or_open(sys.argv[1])
if os.fork() == 0:
    try:
        store.put_scores([ScoreRow("x", "m", "k", 1.0)])
        print("stored", flush=True)
    except StorageError as error:
        print(error.code, flush=True)
    sys.stdin.readline()
    os._exit(0)
time.sleep(60)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program, str(tmp_path)]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert said(parent) == "HP318"
    parent.kill()
    parent.wait()
    with Store.create_or_open(tmp_path) as store:
        assert store.finished_scores() == set()
    parent.communicate("\n")


def test_a_reader_sees_one_moment_while_a_writer_works(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as writer:
        writer.put_maps(rows(0)[0])
        writer.put_scores(rows(0)[1])
        with Store.read(tmp_path) as reader:
            for number in range(1, 30):
                writer.put_maps(rows(number)[0])
                writer.put_scores(rows(number)[1])
                assert len(reader.finished_maps()) == len(reader.finished_scores()) == 2
                assert list(reader.scores()) == rows(0)[1]
            assert reader.verify() == []
        with Store.read(tmp_path) as reader:
            assert len(reader.finished_maps()) == len(reader.finished_scores()) == 60


def test_readers_never_fail_while_a_writer_in_another_process_works(tmp_path: Path) -> None:
    Store.create_or_open(tmp_path).close()
    writer = Path(__file__).with_name("store_writer.py")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, str(writer), str(tmp_path), "150"], env=environment, stdout=subprocess.DEVNULL
    )
    seen: list[int] = []
    while process.poll() is None:
        with Store.read(tmp_path) as reader:
            units = reader.finished_maps()
            seen.append(len(units))
            assert all(reader.load_map(*unit) is not None for unit in list(units)[:5])
            scores: list[ScoreRow] = list(reader.scores())
            assert len(units) - 2 <= len(scores) <= len(units)
    assert process.returncode == 0
    assert seen == sorted(seen)
    assert len(set(seen)) > 2


def test_a_reader_leaves_the_folder_usable_for_the_next_writer(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path) as store:
        store.put_maps([MapRow("x", "m", np.zeros((1, 1, 1), np.float32))])
    for _ in range(3):
        Store.read(tmp_path).close()
        with Store.create_or_open(tmp_path) as store:
            assert store.finished_maps() == {("x", "m")}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "maps", "run.sqlite"]
