"""`heatproof export` and `heatproof import` from the command line."""

import inspect
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_results import result, run

from heatproof.cli import main
from heatproof.cli.commands.export import FORMATS
from heatproof.interchange.export import WRITERS
from heatproof.interchange.results import write_csv

FILES = Path(__file__).parent / "files"


@pytest.fixture
def cli(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    apart = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}
    return lambda *args: CliRunner(**apart).invoke(main, [str(a) for a in args])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("run") / "run"
    run(place, ["gradient"], [{"deletion": {"steps": 3}}, "gini"])
    return place


def test_the_formats_of_the_command_are_those_there_are():
    assert tuple(WRITERS) == FORMATS


def test_export_prints_what_it_wrote_and_notes_what_it_did_not(cli, folder):
    done = cli("export", folder, "--to", "attribench-csv", "--out", "out")
    assert done.exit_code == 0
    assert done.stdout == "out/results/deletion_morf\n"
    assert done.stderr.splitlines()[0] == "left out: gini: attribench has no class for gini"
    assert "note: deletion: attribench takes the plain mean of a curve" in done.stderr
    assert Path("out/results/deletion_morf/metadata.yaml").exists()
    said = json.loads(cli("export", folder, "--to", "npz", "--out", "npz", "--json").stdout)
    assert said == {"folder": "npz", "files": ["maps.npz"], "left_out": [], "notes": []}


@pytest.mark.parametrize(
    ("args", "code", "part"),
    [
        (["--to", "np", "--out", "x"], 2, "did you mean 'npz'?"),
        (["--to", "csv"], 2, "--out"),
        (["--to", "csv", "--out", "x", "--model", "nope"], 2, "HP694"),
        (["--to", "csv", "--out", "."], 2, "HP695"),
    ],
)
def test_export_refuses_in_one_line(cli, folder, args, code, part):
    Path("something").write_text("here")
    done = cli("export", folder, *args)
    assert done.exit_code == code
    assert part in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_without_a_run(cli):
    done = cli("export", "nothing", "--to", "csv", "--out", "x")
    assert done.exit_code in (2, 5)
    assert "HP3" in done.stderr


def test_import_writes_a_study_that_can_be_planned(cli):
    Path("m.yaml").write_text("methods: [Gradient, IntegratedGradients]")
    Path("s.yaml").write_text("metrics: {d: {type: Deletion, args: {num_steps: 4}}}")
    args = ("--model", "planted-cnn", "--data", "planted", "--images", "2")
    done = cli("import", "s.yaml", "--methods", "m.yaml", "--out", "study.yaml", *args)
    assert (done.exit_code, done.stdout) == (0, "study.yaml: 2 methods, 1 metrics\n")
    plan = json.loads(cli("plan", "study.yaml", "--json").stdout)
    assert [row["label"] for row in plan["rows"]] == ["Gradient", "IntegratedGradients", "random", "d"]


def test_import_of_what_is_wrong(cli):
    done = cli("import", FILES / "methods.yaml", "--out", "study.yaml")
    assert done.exit_code == 2
    assert "HP691" in done.stderr or "HP693" in done.stderr
    assert not Path("study.yaml").exists()
    assert cli("import", "none.yaml", "--out", "x").exit_code == 2
    done = cli("import", "none.h5", "--out", "x")
    assert done.exit_code in (2, 5)
    assert not Path("x").exists()


def test_import_of_results(cli):
    write_csv(result("ImpactCoverageResult"), Path("cov"))
    done = cli("import", "cov", "--out", "tables")
    assert (done.exit_code, done.stdout) == (0, "tables/results.csv\n")
    assert len(Path("tables/results.csv").read_text().splitlines()) == 1 + 3 * 4
    done = cli("import", "cov", "--out", "other", "--methods", FILES / "methods.yaml")
    assert done.exit_code == 2
    assert "HP697" in done.stderr
