"""`heatproof figures`: files, captions and tables of a real run, and what it says when it cannot."""

import csv
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from figure_samples import view
from report_samples import run

from heatproof.cli import main
from heatproof.report.html import render
from heatproof.report.pages import figures as page
from heatproof.study import results

STUDY = """\
heatproof: 1
models: [digits-cnn]
data: {name: mnist5k, images: 2}
methods: [gradient, smoothgrad: {n: 2}]
controls: [edges]
pictures: 1
metrics: [parameter_randomization: {stages: 2}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("figures")
    (path / "study.yaml").write_text(STUDY)
    done = CliRunner().invoke(main, ["run", str(path / "study.yaml"), "--out", str(path / "run")])
    assert done.exit_code in (0, 4), done.output
    return path / "run"


def figures(*args):
    return CliRunner().invoke(main, ["figures", *map(str, args)])


def test_a_real_run_gives_files_tables_and_captions(folder, tmp_path):
    options = ["--only", "cascade_grid", "--only", "cascade_curves", "--format", "all", "--width", "column"]
    done = figures(folder, *options, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {f"cascade_curves.{kind}" for kind in ("pdf", "svg", "png", "csv")} <= names
    assert any(name.startswith("cascade_grid-") and name.endswith("-signed.pdf") for name in names)
    assert b'width="237.6pt"' in (tmp_path / "out/cascade_curves.svg").read_bytes()
    captions = (tmp_path / "out/captions.md").read_text()
    assert "digits-cnn" in captions
    assert "2 images" in captions
    rows = list(csv.DictReader((tmp_path / "out/cascade_curves.csv").read_text().splitlines()))
    assert {row["method"] for row in rows} == {"gradient", "smoothgrad", "edges"}
    listed = {line.rsplit("/", 1)[-1] for line in done.output.splitlines() if "/out/" in line}
    assert listed == names


def test_again_is_the_same_bytes(folder, tmp_path):
    for out in ("one", "two"):
        assert figures(folder, "--only", "cascade_curves", "--out", tmp_path / out).exit_code == 0
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / out).iterdir()} for out in ("one", "two"))
    assert one == two


def test_what_cannot_be_drawn_is_an_error_when_it_was_asked_for(folder, tmp_path):
    unknown = figures(folder, "--only", "cascade_curve")
    assert unknown.exit_code == 2
    assert "HP340" in unknown.output
    assert "did you mean 'cascade_curves'" in unknown.output
    absent = figures(folder, "--only", "noise_curves", "--out", tmp_path / "out")
    assert absent.exit_code == 2
    assert "HP341" in absent.output
    assert "model_noise" in absent.output
    assert not (tmp_path / "out").exists()


def test_a_run_that_holds_nothing_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "read_result", lambda folder: SimpleNamespace(view=run(models=0)))
    done = figures(tmp_path, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "HP342" in done.output
    assert not (tmp_path / "out").exists()


def test_the_report_shows_the_figures_that_fit(monkeypatch):
    html = render(view())
    assert 'id="figures"' in html
    assert 'id="figure-cascade_curves"' in html
    assert 'id="figure-method_gallery-signed"' not in html  # the report has a gallery
    assert "<svg" in html
    monkeypatch.setattr(page, "ROOM", 60_000)
    small = render(view())
    assert "left out here" in small
    assert len(small) < len(html)
