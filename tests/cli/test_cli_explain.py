"""explain, doctor and train."""

import hashlib
import json
import re
import warnings
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

from heatproof.cli import checks
from heatproof.cli.picture import write_picture


@pytest.fixture
def digit(tmp_path):
    rows, columns = np.mgrid[:28, :28]
    one = ((abs(columns - 14) < 2) & (abs(rows - 14) < 10)) * 255
    path = tmp_path / "one $\\frac{.png"
    Image.fromarray(one.astype(np.uint8)).save(path)
    return path


@pytest.mark.parametrize("suffix", ["png", "html"])
def test_explain_draws_image_and_maps(cli, tmp_path, digit, suffix):
    out = tmp_path / f"out.{suffix}"
    result = cli("explain", digit, "--model", "digits-cnn", "--methods", "gradient, smoothgrad: {n: 2}", "--out", out)
    assert result.exit_code == 0, result.stderr
    first, second = result.stdout.splitlines()
    assert first.startswith("one $\\frac{.png: 1 (class 1), probability ")
    assert second == str(out)
    if suffix == "png":
        with Image.open(out) as picture:
            assert picture.width > 2 * picture.height
    else:
        page = out.read_text("utf-8")
        assert "data:image/png;base64," in page
        assert "gradient, smoothgrad" in page
        assert "http" not in page


@pytest.mark.parametrize(
    ("args", "code", "part"),
    [
        (["--methods", "gradientt"], "HP101", "did you mean 'gradient'"),
        (["--methods", "gradient: {n: 1}"], "HP102", "unknown setting 'n' of gradient"),
        (["--methods", "gradient, gradient"], "HP109", "twice"),
        (["--methods", ""], "HP106", "a list of methods"),
        (["--methods", "[gradient"], "HP120", "not YAML"),
        (["--target", "12"], "HP203", "target 12 does not exist"),
    ],
)
def test_mistakes_of_explain(cli, tmp_path, digit, args, code, part):
    result = cli("explain", digit, "--model", "digits-cnn", *args)
    assert result.exit_code == 2
    assert code in result.stderr
    assert part in result.stderr
    assert not list(tmp_path.glob("*explained*"))


def test_unknown_models_and_images(cli, tmp_path, digit):
    result = cli("explain", digit, "--model", "digit-cnn")
    assert (result.exit_code, "did you mean 'digits-cnn'" in result.stderr) == (2, True)
    result = cli("explain", tmp_path / "nothing.png", "--model", "digits-cnn")
    assert (result.exit_code, result.stderr[:5]) == (2, "HP602")


def test_hostile_names_are_drawn_as_they_are(tmp_path):
    maps = {"100% $a_{b$ <script>": np.zeros((3, 4, 4)), "字\x07": np.full((3, 4, 4), np.nan)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_picture(tmp_path / "a.html", np.zeros((4, 4, 3)), maps, "<img src=x> $\\frac{")
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<script>" not in page
    assert "<img src=x>" not in page
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]


def test_the_doctor_finds_this_installation_healthy(cli):
    result = cli("doctor", "--json")
    rows = {row["check"]: row for row in json.loads(result.stdout)}
    assert result.exit_code == 0, result.stdout
    assert rows["self-check"]["state"] == "ok"
    assert rows["torch"]["state"] == "ok"
    assert all("pip install 'heatproof[" in row["detail"] for row in rows.values() if row["state"] == "missing")


def test_the_doctor_knows_the_shipped_weights():
    folder = files("heatproof.models") / "weights"
    names = {item.name for item in folder.iterdir() if item.name.endswith(".safetensors")}
    assert names == set(checks.WEIGHTS)
    for name, expected in checks.WEIGHTS.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert found == expected, f"{name} was trained again: write its sha256 {found} into cli/checks.py"


def test_the_doctor_says_what_is_wrong(cli, monkeypatch):
    monkeypatch.setitem(checks.WEIGHTS, "digits-cnn.safetensors", "0" * 64)
    monkeypatch.setitem(checks.WEIGHTS, "gone.safetensors", "0" * 64)
    monkeypatch.setattr(checks, "EXTRAS", {"hf": ("no-such-package",)})
    result = cli("doctor")
    assert result.exit_code == 5
    rows = [re.split("  +", line) for line in result.stdout.splitlines()]
    lines = {row[0]: "  ".join(row[1:]) for row in rows}
    assert "FAILED  its checksum is wrong" in lines["digits-cnn.safetensors"]
    assert "FAILED  No such file" in lines["gone.safetensors"]
    assert "missing  optional: pip install 'heatproof[hf]'" in lines["no-such-package"]


def test_train_writes_weights(cli, tmp_path):
    result = cli("train", "digits-mlp", "--epochs", "0", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["path"] == "digits-mlp.safetensors"
    assert (tmp_path / "digits-mlp.safetensors").is_file()
