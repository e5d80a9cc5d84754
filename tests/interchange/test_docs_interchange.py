"""docs/interchange.md: its study and its commands run."""

import inspect
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from heatproof.cli import main

FILES = Path(__file__).parent / "files"
DOC = (Path(__file__).parents[2] / "docs" / "interchange.md").read_text()
(STUDY,) = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
COMMANDS = re.findall(r"^    heatproof (.*)$", DOC, re.MULTILINE)
FIRST = """heatproof: 1
models: [planted-cnn]
data: {name: planted, images: 4}
methods: [gradient, grad_cam]
metrics: [deletion, gini]
out: runs/planted
"""


def test_every_command_runs_and_the_study_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.yaml").write_text(FIRST)
    (tmp_path / "suite.yaml").write_text("metrics: {d: {type: Deletion, args: {num_steps: 4}}}")
    shutil.copy(FILES / "methods.yaml", tmp_path)
    apart = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}

    def run(line: str):
        result = CliRunner(**apart).invoke(main, line.split())
        assert result.exit_code == 0, f"heatproof {line}\n{result.stderr}"

    run("run first.yaml")
    assert len(COMMANDS) == 6
    for line in COMMANDS:
        if "hdf5" in line:
            pytest.importorskip("h5py")
        run(line)
    (tmp_path / "maps.yaml").write_text(STUDY)
    result = CliRunner(**apart).invoke(main, ["run", "maps.yaml", "--json"])
    assert result.exit_code == 0, result.stderr
    for label in ("theirs", "gradient (maps.npz)", "grad_cam (maps.npz)"):
        assert label in result.stdout


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", DOC, re.DOTALL))
def test_the_python_compiles(example):
    compile(example, "interchange.md", "exec")
