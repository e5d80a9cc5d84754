"""Broken studies through the command line: every problem with place, excerpt and caret; nothing is run or written."""

import pytest

BAD = """\
heatproof: 1
models: [digits-cnn]
data: mnist5k
methods:
  - integrated_gradients: {stps: 50}
  - smooth_gradd
metrics: [gini]
"""


@pytest.mark.parametrize("command", ["run", "plan"])
def test_all_problems_at_once(cli, tmp_path, command):
    (tmp_path / "study.yaml").write_text(BAD)
    result = cli(command, "study.yaml")
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0].startswith(
        "study.yaml:5:28  HP102 unknown setting 'stps' of integrated_gradients; did you mean 'steps'?"
    )
    assert lines[1] == "  5 |   - integrated_gradients: {stps: 50}"
    assert lines[2] == "    |                            ^^^^"
    assert lines[3].startswith("study.yaml:6:5  HP101 unknown method 'smooth_gradd'; did you mean 'smoothgrad'?")
    assert lines[-1] == "2 problems, nothing was run."
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study.yaml"]


@pytest.mark.parametrize(
    ("raw", "code", "place"),
    [
        (b"", "HP128", "study.yaml:1:1"),
        (b"# nothing\n", "HP128", "study.yaml:2:1"),
        (b"- a\n", "HP128", "study.yaml:1:1"),
        (b"\x00\x01\xff", "HP122", "study.yaml:1"),
        ("heatproof: 1".encode("utf-16"), "HP122", "study.yaml"),
        (b"seed: 1\nseed: 2\n", "HP121", "study.yaml:2:1"),
        (b"a: " + b"[" * 100_000, "HP126", "study.yaml:1:53"),
        (b"a:\n\t- b\n", "HP123", "study.yaml:2:1"),
        (b"a: !!python/name:os.system\n", "HP124", "study.yaml:1:4"),
    ],
)
def test_files_that_are_no_study(cli, tmp_path, raw, code, place):
    (tmp_path / "study.yaml").write_bytes(raw)
    result = cli("run", "study.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{place}  {code} ")
    assert "Traceback" not in result.stderr


def test_a_file_that_may_not_be_read(cli, tmp_path):
    (tmp_path / "folder").mkdir()
    result = cli("run", "folder")
    assert result.exit_code == 2
    assert "HP130" in result.stderr


def test_set_is_checked_like_the_file(cli):
    result = cli("plan", "study.yaml", "--set", "methods.smoothgrad.nn=3", "--set", "data.images=0")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "--set methods.smoothgrad.nn=3  HP102 unknown setting 'nn' of smoothgrad; did you mean 'n'? "
        "(settings: sigma, n, scale, absolute, unit)",
        "--set data.images=0  HP106 images must be a whole number, at least 1, not 0",
        "2 problems, nothing was run.",
    ]


def test_plugins_are_refused_without_permission(cli, tmp_path):
    (tmp_path / "mine.py").write_text("open('imported', 'w').close()\n")
    for name, code in (("mine.py:mine", "HP903"), ("os:system", "HP113")):
        result = cli("run", "study.yaml", "--set", f"methods=['{name}']")
        assert result.exit_code == 2
        assert code in result.stderr
    assert not (tmp_path / "imported").exists()


def test_control_characters_of_a_study_cannot_reach_the_terminal(cli, tmp_path):
    (tmp_path / "study.yaml").write_text(BAD.replace("smooth_gradd", '"\\e[31mred\\n\\e]0;title\\a"'))
    result = cli("run", "study.yaml")
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
    assert "\x07" not in result.stderr
    assert "\\x1b[31mred" in result.stderr


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("methods=[{occlusion: {window: 100}}]", "occlusion  HP105 window cannot be 100"),
        ("metrics=[{infidelity: {perturbation: square, square: 100}}]", "infidelity  HP105 square cannot be 100"),
        ("models=[digits-mlp]", "model digits-mlp  HP214 grad_cam does not work with this model"),
        ("target=12", "model digits-cnn  HP203 target 12 does not exist"),
    ],
)
def test_what_only_the_model_can_tell_names_its_place_and_leaves_no_folder(cli, tmp_path, change, line):
    result = cli("run", "study.yaml", "--set", "methods=[grad_cam]", "--set", change)
    assert result.exit_code == 2
    assert result.stderr.startswith(line)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["study.yaml"]


def test_a_folder_named_like_a_data_set_is_a_folder(cli, tmp_path):
    (tmp_path / "mnist5k").mkdir()
    result = cli("plan", "study.yaml", "--set", "data={folder: mnist5k}")
    assert result.exit_code == 2
    assert "HP603 folder 'mnist5k' has no images" in result.stderr


def test_the_plan_of_two_models_names_them(cli):
    result = cli("plan", "study.yaml", "--set", "models=[digits-cnn, digits-mlp]")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].split() == ["model", "kind", "label", "asked", "run", "time"]
    assert "digits-mlp" in result.stdout


def test_help_shows_braces_as_they_are_written(cli):
    assert "like {sweep: [0.1, 0.3]}, not" in cli("help", "HP118").stdout
