"""Formulas and models from files: nothing is imported unless that was allowed."""

import sys

import pytest

from heatproof.spec.study import read_study
from heatproof.vocabulary.errors import Problems

STUDY = """\
heatproof: 1
models: [digits-cnn]
data: mnist5k
methods:
  - {entry}
metrics: [gini]
"""


def study(tmp_path, entry, code=None):
    if code is not None:
        (tmp_path / "mine.py").write_text(code)
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.replace("{entry}", entry))
    return path


def refused(path, **options):
    with pytest.raises(Problems) as caught:
        read_study(path, **options)
    (found,) = caught.value.problems
    return found


FINE = "open('imported', 'w').close()\nasync def mine(f, *, k: int = 3):\n    'k'\n    return k * f.image.x\n"


def test_nothing_is_imported_without_permission(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = refused(study(tmp_path, "mine.py:mine", FINE))
    assert found.code == "HP903"
    assert found.place.endswith(":5:5")
    assert str(tmp_path / "mine.py") in found.line
    assert "--allow-plugins" in found.line
    assert not (tmp_path / "imported").exists()


def test_with_permission_it_is_an_entry_with_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = read_study(study(tmp_path, "mine.py:mine: {k: {sweep: [1, 2]}}", FINE), allow_plugins=True)
    assert [e.label for e in spec.methods] == ["mine(k=1)", "mine(k=2)"]
    assert spec.methods[0].formula.call is spec.methods[1].formula.call
    assert spec.resolved()["methods"][0] == {"mine.py:mine": {"k": 1}, "label": "mine(k=1)"}
    wrong = refused(study(tmp_path, "mine.py:mine: {kk: 1}"), allow_plugins=True)
    assert (wrong.code, wrong.place.partition("study.yaml")[2]) == ("HP102", ":5:20")


@pytest.mark.parametrize(
    ("entry", "code", "part"),
    [
        ("os:system", "HP113", "'os:system' does not name a plug-in"),
        ("captum:Occlusion", "HP113", "file.py:function"),
        ("other.py:mine", "HP904", "does not exist"),
        ("mine.py:mein", "HP905", "did you mean 'mine'"),
        ("mine.py:", "HP905", "has no function"),
    ],
)
def test_plugins_that_are_not_there(tmp_path, monkeypatch, entry, code, part):
    monkeypatch.chdir(tmp_path)
    found = refused(study(tmp_path, f"'{entry}'", FINE), allow_plugins=True)
    assert found.code == code
    assert part in found.line


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("raise ValueError('broken')", "ValueError: broken"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("def mine(:", "SyntaxError"),
        ("import nothing_of_this_name", "ModuleNotFoundError"),
    ],
)
def test_plugins_that_break_are_named_in_one_line(tmp_path, monkeypatch, body, cause):
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    found = refused(study(tmp_path, "mine.py:mine", body), allow_plugins=True)
    assert found.code == "HP906"
    assert "mine.py:mine" in found.line
    assert cause in found.line
    assert "\n" not in found.line
    assert not any("mine.py" in name for name in set(sys.modules) - before)


def test_models_and_data_of_a_file_need_permission_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = study(tmp_path, "gradient", FINE)
    path.write_text(path.read_text().replace("[digits-cnn]", "[mine.py:net]").replace("mnist5k", "mine.py:data"))
    with pytest.raises(Problems) as caught:
        read_study(path)
    assert [p.code for p in caught.value.problems] == ["HP903", "HP903"]
    spec = read_study(path, allow_plugins=True)
    assert (spec.models[0].source, spec.data.name, spec.data.folder) == ("mine.py:net", "mine.py:data", None)
    assert not (tmp_path / "imported").exists()
