"""Pipes, encodings, signals and progress, in processes of their own."""

import os
import re
import signal
import subprocess
import sys

import pytest

from heatproof.cli import progress as progress_module
from heatproof.cli.progress import duration, progress
from heatproof.study.progress import Progress

ASCII = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}


TALKER = (
    "import sys; from heatproof.cli.ending import ending; from heatproof.cli.streams import say; "
    "sys.exit(ending(lambda: [say('x' * 999) for _ in range(9999)]))"
)


def test_a_reader_that_stops_early_is_no_error(tmp_path):
    shell = f'{sys.executable} -c "{TALKER}" | head -1; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 141
    assert done.stdout == "x" * 999 + "\n"
    assert done.stderr == ""


@pytest.mark.parametrize(("redirection", "code"), [(">&-", 0), ("2>&-", 0), (">/dev/full", 5)])
def test_closed_and_full_outputs(tmp_path, redirection, code):
    shell = f"{sys.executable} -m heatproof list studies {redirection}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_small_encoding_loses_signs_but_not_the_table(process):
    done = process("list", "metrics", env=ASCII)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "deletion" in done.stdout
    assert done.stdout.isascii()
    wrong = process("list", "mötods", env=ASCII)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("HP100")


SLEEPER = """
import signal, sys, time, types
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background of a shell
class Endless:
    from_spec = classmethod(lambda cls, spec, **options: cls())
    def run(self, folder, *, progress=None):
        print("ready", flush=True)
        time.sleep(60)
study = types.SimpleNamespace(name="s", out="run")
sys.modules["heatproof.study.study"] = types.SimpleNamespace(Study=Endless)
sys.modules["heatproof.spec.study"] = types.SimpleNamespace(read_study=lambda *args, **options: study)
from heatproof.cli import main
main(["run", "study.yaml"])
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_with_one_line(tmp_path, number, code):
    running = subprocess.Popen(
        [sys.executable, "-c", SLEEPER], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout.readline() == "ready\n"
    os.kill(running.pid, number)
    _, said = running.communicate(timeout=30)
    assert running.returncode == code
    assert said == "interrupted; the same command continues\n"


def test_plain_progress_lines_now_and_then(capsys, monkeypatch):
    monkeypatch.setattr(progress_module, "EVERY", 0.0)
    with progress("quick") as tell:
        tell(Progress(412, 1320, 0.31, 47.6, "deletion"))
        tell(Progress(413, 1320, 0.32, None, "gini"))
    assert capsys.readouterr().err.splitlines() == [
        "quick  31%  412 of 1320 units  deletion  left 48 s",
        "quick  32%  413 of 1320 units  gini",
    ]
    monkeypatch.setattr(progress_module, "EVERY", 60.0)
    with progress("quick") as tell:
        tell(Progress(1, 10, 0.1, None, "x"))
    assert capsys.readouterr().err == ""


def test_a_bar_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress("[bold]quick") as tell:
        tell(Progress(5, 10, 0.5, 200.0, "[red]x"))
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "50%" in said
    assert "left 3 min" in said
    assert "[red]x" in said


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0 s"), (0.2, "<1 s"), (47.6, "48 s"), (89, "89 s"), (200, "3 min"), (7800, "2 h 10 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
