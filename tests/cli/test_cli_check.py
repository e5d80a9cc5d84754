"""`heatproof check-method` and `check-metric`: a matrix for people, the same as JSON, and the exit code of a gate."""

import json
import re
from pathlib import Path

import pytest

from heatproof.check import families
from heatproof.check.table import CONTRACTS

ALL = set(families.FAMILIES)
PLUGIN = '''
import torch
from heatproof.vocabulary.registry import method


@method(family="gradient", axioms=("dummy",))
async def my_method(f):
    """The gradient, shared among neighbours."""
    g = await f.grad(f.x).one()
    return torch.nn.functional.avg_pool2d(g[None], 3, 1, 1)[0]


async def restated(f):
    """The same."""
    g = await f.grad(f.x).one()
    return torch.nn.functional.avg_pool2d(g[None], 3, 1, 1)[0]


def my_metric(phi, *, power: float = 1.0):
    """The sum of the map to a power."""
    return float(phi.double().abs().pow(power).sum())
'''


@pytest.fixture(autouse=True)
def _two_families(monkeypatch):
    """A check takes its time on each family, and all are tried elsewhere."""
    for family in set(families.FAMILIES) - {"mlp", "plain cnn", "residual"}:
        monkeypatch.delitem(families.FAMILIES, family)


def test_a_method_that_keeps_its_contract(cli):
    found = cli("check-method", "grad_cam", "--quiet")
    assert found.exit_code == 0, found.stdout
    assert found.stderr == ""
    lines = found.stdout.splitlines()
    assert lines[0].startswith("method grad_cam: ")
    (mlp,) = [line for line in lines if line.startswith("mlp ")]
    assert set(mlp.split()[1:]) == {"–"}
    assert any(line.startswith("– mlp: HP214 grad_cam does not work with this model") for line in lines)
    assert lines[-1].split(";")[0].endswith("not supported, 0 broken")


def test_a_method_that_breaks_it(cli, tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN)
    found = cli("check-method", "mine.py:my_method", "--allow-plugins", "--quiet")
    assert found.exit_code == 1
    assert "✗ C7 on its own networks, dummy: expected no relevance where the model does not look; came" in found.stdout
    assert "1 broken" in found.stdout.splitlines()[-1]


def test_a_second_implementation(cli, tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN.replace("my_method", "other"))  # names of formulas are unique
    options = ("--twin", "mine.py:restated", "--allow-plugins", "--json", "--quiet")
    found = cli("check-method", "mine.py:other", *options)
    (cell,) = [c for c in json.loads(found.stdout)["cells"] if c["contract"] == "C17"]
    assert cell["state"] == "pass"


def test_a_plain_function_as_a_metric_with_a_setting(cli, tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN.replace("my_method", "another"))
    found = cli("check-metric", "mine.py:my_metric", "--allow-plugins", "--set", "power=2", "--json", "--quiet")
    result = json.loads(found.stdout)
    assert result["settings"] == {"power": 2}
    assert result["contracts"] == CONTRACTS
    assert result["name"] == "my_metric"
    assert {c["state"] for c in result["cells"]} == {"pass", "not applicable"}
    assert found.exit_code == result["counts"]["BROKEN"] == 0


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["check-method", "gradeint"], "HP101"),
        (["check-method", "mine.py:my_method"], "HP903"),
        (["check-method", "smoothgrad", "--set", "m=3"], "HP102"),
        (["check-method", "smoothgrad", "--set", "n"], "HP116"),
        (["check-metric", "max_sensitivity", "--method", "gradeint"], "HP101"),
        (["check-metric"], "HP100"),
    ],
)
def test_what_cannot_be_tried_is_said_in_one_line(cli, tmp_path, args, code):
    (tmp_path / "mine.py").write_text(PLUGIN)
    found = cli(*args)
    assert found.exit_code == 2
    assert found.stdout == ""
    (line,) = found.stderr.splitlines()
    assert code in line


def test_progress_goes_to_standard_error_and_nothing_is_drawn_in_ascii(process):
    found = process("check-metric", "gini", "--quiet", env={"PYTHONIOENCODING": "ascii"})
    assert found.returncode == 0, found.stdout
    assert found.stdout.isascii()
    assert "+ holds" in found.stdout


def test_what_the_contracts_are(cli):
    found = cli("help", "contracts")
    assert [line.split()[0] for line in found.stdout.splitlines()] == list(CONTRACTS)


DOCS = (Path(__file__).parents[2] / "docs" / "contract.md").read_text()


@pytest.mark.parametrize("line", re.findall(r"^    heatproof (.*)$", DOCS, re.MULTILINE))
def test_the_commands_of_the_documentation_run(cli, line):
    assert cli(*line.split()).exit_code == 0


def test_the_documentation_names_every_contract_and_family():
    assert re.findall(r"^\| (C\d+) \|", DOCS, re.MULTILINE) == list(CONTRACTS)
    rows = re.findall(r"^\| (`.*?`) \|", DOCS, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(.*?)`", row)} == ALL
