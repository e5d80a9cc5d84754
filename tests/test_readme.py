"""README: every command and every example in it runs."""

import re
import shutil
from pathlib import Path

import pytest
import skimage
import torch
from click.testing import CliRunner

import heatproof as hp
from heatproof.cli import main
from heatproof.spec.packaged import full_size, packaged_studies
from heatproof.spec.study import read_study
from heatproof.vocabulary import registry

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PYTHON, METHOD = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
(STUDY,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^    heatproof (.*?)(?:\s+#.*)?$", README, re.MULTILINE)


def test_the_ten_lines_of_python_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(PYTHON, "README.md", "exec"), names)
    assert names["phi"].shape == names["images"].shape
    assert names["area"].shape == (16,)
    assert (tmp_path / "runs/first/report.html").stat().st_size > 10_000


def test_every_command_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY.replace("images: 32", "images: 3"))
    photo = Path(skimage.__file__).parent / "data/rocket.jpg"
    shutil.copy(photo, tmp_path / "photo.jpg")
    assert len(COMMANDS) >= 8
    for command in COMMANDS:
        if named := re.fullmatch(rf"run ({'|'.join(packaged_studies())})( --full --data \S+)?", command):
            # They take minutes, or data of ImageNet's size: here it is only seen that they are there, as named.
            assert read_study(full_size(named[1]) if named[2] else named[1]).models
            continue
        if command.startswith("compare"):
            shutil.copytree("runs/digits", "runs/gevaert2022")
        line = re.sub("runs/(sanity_checks|gevaert2024)", "runs/digits", command)
        result = CliRunner().invoke(main, line.split())
        assert result.exit_code == 0, f"heatproof {line}\n{result.output}\n{result.exception!r}"
    assert (tmp_path / "runs/digits/report.html").exists()
    assert (tmp_path / "maps.png").stat().st_size > 10_000


def test_the_example_of_a_new_method_works(tmp_path):
    shelf = dict(registry._SHELVES["method"])
    try:
        names: dict[str, object] = {"__name__": "readme_example"}
        exec(compile(METHOD, str(tmp_path / "sign_gradient.py"), "exec"), names)
        net, x = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2)), torch.randn(2, 1, 2, 2)
        assert torch.equal(hp.explain(net, x, "sign_gradient"), x.sign() * hp.explain(net, x, "gradient"))
    finally:
        registry._SHELVES["method"].clear()
        registry._SHELVES["method"].update(shelf)


@pytest.mark.parametrize("kind", ["method", "metric"])
def test_every_formula_that_is_named_exists(kind):
    (row,) = re.findall(rf"^\| {kind}s \| (.*) \|$", README, re.MULTILINE)
    named = re.findall(r"`(\w+)`", row)
    assert len(named) >= 11
    assert set(named) <= set(registry.formulas(kind))


def test_every_document_that_is_linked_exists():
    for target in re.findall(r"\]\((docs/[^)]*)\)", README):
        assert (ROOT / target).exists(), target


def test_make_knows_the_two_commands():
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^demo:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)
