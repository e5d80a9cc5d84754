"""The pages of docs/studies: one for every seed study, and made by the script from a run."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from heatproof.report.drawing.plates import plates
from heatproof.spec.packaged import FOLDER
from heatproof.spec.study import read_study
from heatproof.study.study import Study

METRICS = ("sensitivity_n", "segment_sensitivity_n")
DOCS = Path(__file__).parents[1] / "docs/studies"


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_studies", DOCS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(DOCS))


def test_every_study_of_a_paper_has_a_page_that_names_figures_there_are(make) -> None:
    papers = {f.name.split(".")[0] for f in FOLDER.glob("*.full.yaml")}
    assert papers <= set(make.pages())
    for name in make.pages():
        page = importlib.import_module(f"pages.{name}").PAGE
        assert set(page.figures) <= set(plates()), name
        assert page.full == (name in papers)
        assert f"({name}.md)" in (DOCS / "README.md").read_text("utf-8")


def test_a_page_is_made_from_a_run(make, tmp_path: Path) -> None:
    changes = ["data.images=3", "methods=[gradient, integrated_gradients]"]
    small = ", ".join(f"{{{m}: {{sizes: 2, subsets: 12, draw: {{sweep: [0, 1, 2]}}}}}}" for m in METRICS)
    spec = read_study("sens_n_variance_digits", overrides=[*changes, f"metrics=[{small}]"])
    view = Study.from_spec(spec).run(tmp_path / "run").view
    text = make.written("sens_n_variance_digits", view, tmp_path)
    rows = re.findall(r"^\| (\w+): median ratio .* \| - \| ([\d,.]+) and ([\d,.]+); noise is \d+% and \d+%", text, re.M)
    assert [row[0] for row in rows] == ["gradient", "integrated_gradients"]
    (picture,) = re.findall(r"\]\((figures/[^)]*\.png)\)", text)
    assert (tmp_path / picture).stat().st_size > 5_000
    assert "integrated" in "\n".join(make.tables("sens_n_variance_digits", view, ("noise",)))
