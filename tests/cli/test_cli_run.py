"""plan, run, status, report on a real study of three digits."""

import errno
import json

import pytest

from heatproof.study.study import Study
from heatproof.vocabulary.errors import problem


def test_plan_run_continue_extend_report(cli, tmp_path):
    plan = cli("plan", "study.yaml")
    assert plan.exit_code == 0, plan.stderr
    assert "units 24, already done 0" in plan.stdout
    planned = json.loads(cli("plan", "study.yaml", "--json").stdout)
    assert planned["units_total"] == 24
    assert not (tmp_path / "run").exists()

    first = cli("run", "study.yaml")
    assert first.exit_code == 0, first.stderr
    assert "best method first" in first.stdout
    assert first.stdout.rstrip().endswith("next: heatproof report run")
    assert first.stderr == ""

    again = cli("run", "study.yaml", "--json")
    assert again.exit_code == 0
    numbers = json.loads(again.stdout)
    assert {c["method"] for c in numbers["models"][0]["cells"]} == {"gradient", "smoothgrad", "random", "edges"}
    assert numbers["study"]["data"]["images"] == 3
    assert (numbers["missing"], numbers["failed"]) == (0, [])
    assert "already done 24" in cli("plan", "study.yaml").stdout

    more = cli("run", "study.yaml", "--set", "metrics=[gini, entropy]", "--json", "--quiet")
    assert more.exit_code == 0
    assert {c["metric"] for c in json.loads(more.stdout)["models"][0]["cells"]} == {"gini", "entropy"}

    status = cli("status", "run")
    assert status.exit_code == 0
    assert status.stdout.startswith("study: complete\ndigits-cnn: 3 images, 4 methods, 2 metrics\nmissing 0, failed 0")
    assert json.loads(cli("status", "run", "--json").stdout)["state"] == "complete"

    report = cli("report", "run", "--out", "page.html")
    assert report.exit_code == 0, report.stderr
    assert report.stdout == "page.html\n"
    assert (tmp_path / "page.html").read_text("utf-8").lower().startswith("<!doctype html>")


def test_the_demo_ends_with_a_report(cli, tmp_path, monkeypatch):
    asked = {}
    real = Study.from_spec.__func__

    def smaller(cls, spec, **options):
        asked["study"] = spec.name
        data = spec.data.model_copy(update={"images": 2})
        few = {"data": data, "methods": spec.methods[:2], "metrics": spec.metrics[-4:-1]}
        return real(cls, spec.model_copy(update=few), **options)

    monkeypatch.setattr(Study, "from_spec", classmethod(smaller))
    result = cli("demo")
    assert result.exit_code == 0, result.stderr
    assert asked == {"study": "quick"}
    assert result.stdout.rstrip().endswith("report: heatproof-demo/report.html   (opens offline)")
    assert (tmp_path / "heatproof-demo" / "report.html").is_file()
    quiet = cli("demo", "--quiet", "--json")
    assert quiet.stderr == ""
    assert json.loads(quiet.stdout)["missing"] == 0


class Broken:
    """A study whose run ends badly."""

    def __init__(self, error):
        self.error = error

    def run(self, folder, *, progress=None):
        raise self.error

    plan = run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RuntimeError("surprise\nin two lines"), 3, "bug: RuntimeError: surprise in two lines; run with --debug\n"),
        (problem("HP203", target=12, outputs=10, last=9), 2, "HP203 target 12 does not exist"),
        (problem("HP319", file="run.sqlite"), 5, "HP319 no space left"),
        (PermissionError(13, "Permission denied", "run/lock"), 5, "HP320 run/lock cannot be used: Permission denied"),
        (OSError(28, "No space left on device", "run/maps"), 5, "HP319 no space left on the disk of run/maps"),
        (MemoryError(), 5, "HP140"),
        (ImportError("libtorch.so: failed to map"), 5, "HP140"),
        (KeyboardInterrupt(), 130, "interrupted; the same command continues"),
    ],
)
def test_every_end_has_its_line_and_exit_code(cli, monkeypatch, error, code, said):
    monkeypatch.setattr(Study, "from_spec", classmethod(lambda cls, spec, **options: Broken(error)))
    result = cli("run", "study.yaml")
    assert result.exit_code == code
    assert result.stderr.startswith(said)
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("args", [["--debug", "run", "study.yaml"], ["run", "study.yaml", "--debug"]])
def test_debug_shows_the_traceback(cli, monkeypatch, args):
    monkeypatch.setattr(Study, "from_spec", classmethod(lambda cls, spec, **options: Broken(RuntimeError("surprise"))))
    result = cli(*args)
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "raise self.error" in result.stderr


def test_failed_units_make_exit_code_4(cli, monkeypatch):
    from dataclasses import replace

    from heatproof.study.results import Result

    cli("run", "study.yaml")
    whole = Result.view.func
    bad = ({"image": "1", "method": "gradient", "metric": "gini", "reason": "broke"},)
    monkeypatch.setattr(Result, "view", property(lambda self: replace(whole(self), failed=bad, missing=2)))
    result = cli("run", "study.yaml")
    assert result.exit_code == 4
    assert "1 unit failed, 2 units missing" in result.stderr
    assert "best method first" in result.stdout
    assert "incomplete" in cli("status", "run").stdout


def test_a_full_disk_names_the_file_that_was_wanted(cli, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    cli("run", "study.yaml")
    monkeypatch.setattr("heatproof.vocabulary.files.os.fsync", full)
    result = cli("report", "run", "--out", "mine.html")
    assert (result.exit_code, result.stderr[:49]) == (5, "HP319 no space left on the disk of mine.html. Fre")
    assert not list(tmp_path.glob("*mine*"))


def test_a_hostile_name_does_not_steer_the_terminal(cli):
    cli("run", "study.yaml", "--set", 'name="\\e[31mred"')
    assert cli("status", "run").stdout.startswith("\\x1b[31mred: complete")
    plan = cli("plan", "study.yaml", "--set", 'models=[{name: "\\e[31m", from: digits-cnn}, digits-mlp]')
    assert "\x1b" not in plan.stdout
    assert "\\x1b[31m" in plan.stdout
