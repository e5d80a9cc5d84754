"""The real command line: in this process, and in one of its own."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import heatproof
from heatproof.cli import main

STUDY = """\
heatproof: 1
models: [digits-cnn]
data: {name: mnist5k, images: 3}
methods: [gradient, smoothgrad: {n: 2}]
metrics: [gini]
out: run
"""


@pytest.fixture(autouse=True)
def _same_heatproof(monkeypatch):
    """Processes of their own run the very package under test, from whatever folder."""
    monkeypatch.setenv("PYTHONPATH", str(Path(heatproof.__file__).parents[1]))


@pytest.fixture
def cli(tmp_path, monkeypatch):
    """cli("run", "study.yaml") -> result with exit_code, stdout, stderr; works in a folder that holds study.yaml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY)
    apart = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}

    def run(*args):
        return CliRunner(**apart).invoke(main, [str(a) for a in args])

    return run


@pytest.fixture
def process(tmp_path):
    """process("list", "methods", env={...}) -> a finished process."""
    (tmp_path / "study.yaml").write_text(STUDY)

    def run(*args, env=None, code=None, **options):
        command = [sys.executable, *(["-c", code] if code else ["-m", "heatproof", *map(str, args)])]
        options = {"capture_output": True, "text": True, "timeout": 120, "cwd": tmp_path} | options
        return subprocess.run(command, env=os.environ | (env or {}), check=False, **options)

    return run
