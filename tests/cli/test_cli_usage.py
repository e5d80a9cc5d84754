"""Wrong commands, options and values: one line, the nearest right name, exit code 2."""

import json

import pytest

from heatproof.vocabulary.errors import catalogue


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["rnu", "study.yaml"], "no such command 'rnu'; did you mean 'run'?  (heatproof --help)"),
        (["list", "metods"], "'metods' is none of methods, metrics, models, data, studies; did you mean 'methods'?"),
        (["list", "methods", "--jsn"], "no such option --jsn; did you mean '--json'?  (heatproof list --help)"),
        (["run", "study.yaml", "--ouut", "x"], "did you mean '--out'?"),
        (["run"], "missing argument 'STUDY'"),
        (["plan", "study.yaml", "more"], "unexpected extra argument"),
        (["--verbos"], "no such option --verbos"),
        (["train", "digits-cnn", "--epochs", "many"], "'many' is not a valid integer"),
        (["train", "digits-cnnn"], "did you mean 'digits-cnn'"),
        (["explain", "x.png"], "missing option '--model'"),
        (["explain", "x.png", "--model", "digits-cnn", "--out", "x.gif"], "must end in .png or .html"),
        (["help", "HP_102"], "HP131 unknown code 'HP_102'; did you mean 'HP102'?"),
        (["help", "rnu"], "did you mean 'run'?"),
        (["run", "quikc"], "there is no study 'quikc'; did you mean 'quick'?"),
        (["plan", "quick", "--full"], "HP133 'quick' has no full size"),
        (["plan", "model_noise", "--full", "--data", "nowhere: such # folder"], "nowhere: such # folder"),
        (["report", "nowhere"], "nowhere holds no run"),
        (["status", "nowhere"], "nowhere holds no run"),
    ],
)
def test_usage(cli, args, part):
    result = cli(*args)
    assert part in result.stderr
    assert result.exit_code == (5 if any("nowhere" in arg for arg in args) else 2)
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("HP")


def test_help_shows_every_command_and_imports_none(cli, process):
    result = cli("--help")
    assert result.exit_code == 0
    for name in ("demo", "run", "report", "plan", "status", "explain", "list", "train", "doctor", "help"):
        assert f"  {name} " in result.stdout
        about = cli(name, "--help")
        assert about.exit_code == 0
        assert "--help" in about.stdout
        assert cli("help", name).stdout == about.stdout
    assert cli().stdout == result.stdout == cli("help").stdout


def test_version(cli):
    result = cli("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("heatproof")


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_code_has_a_long_text(cli, code):
    result = cli("help", code.lower())
    assert result.exit_code == 0
    assert catalogue()[code].why in result.stdout
    assert f"exit code {catalogue()[code].exit_code}" in result.stdout


def test_the_schema_is_json(cli):
    found = json.loads(cli("help", "schema").stdout)
    assert "smoothgrad" in found["properties"]["methods"]["items"]["anyOf"][0]["enum"]
