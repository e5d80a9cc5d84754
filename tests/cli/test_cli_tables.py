"""tables, case-study and compare on a real run of seven digits."""

import json
import re
import shutil
from pathlib import Path

import pytest

from heatproof.report.drawing.plates import plates
from heatproof.report.tabling.shelf import kinds

DOCS = (Path(__file__).parents[2] / "docs/statistics.md").read_text()

STUDY = """\
heatproof: 1
models: [digits-cnn]
data: {name: mnist5k, images: 7}
methods: [gradient, input_x_gradient, integrated_gradients: {steps: 8}]
metrics:
  - sensitivity_n: {sizes: 2, subsets: 20}
  - sensitivity_n: {sizes: 2, subsets: 20, draw: 1}
  - deletion: {steps: 8}
  - parameter_randomization: {order: full}
out: run
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished run."""
    from heatproof.spec.study import read_study
    from heatproof.study.study import Study

    place = tmp_path_factory.mktemp("tables")
    (place / "study.yaml").write_text(STUDY)
    Study.from_spec(read_study(str(place / "study.yaml"))).run(place / "run")
    return place / "run"


def test_tables_are_written_one_file_each(cli, folder, tmp_path):
    result = cli("tables", folder, "--out", "out", "--only", "alpha", "--only", "noise", "--format", "md")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.split() == ["out/alpha.md", "out/noise.md", "out/captions.md"]
    assert (tmp_path / "out/alpha.md").read_text().startswith("**alpha** Krippendorff's alpha")
    everything = cli("tables", folder)
    assert everything.exit_code == 0
    assert (folder / "tables/significance.csv").exists()
    assert "not made: transfer needs two models" in everything.stderr
    before = (folder / "tables/significance.csv").read_bytes()
    cli("tables", folder)
    assert (folder / "tables/significance.csv").read_bytes() == before


def test_terms_of_the_tables(cli, folder, tmp_path):
    terms = ("--test", "sign_test", "--correction", "none", "--level", "0.2", "--format", "json")
    assert cli("tables", folder, "--only", "significance", "--out", ".", *terms).exit_code == 0
    rows = json.loads((tmp_path / "significance.json").read_text())["rows"]
    assert all(row["p"] == row["p_adjusted"] for row in rows)
    assert any(row["p"] == 0.5**7 for row in rows)


def test_the_case_study_in_words_and_numbers(cli, folder):
    said = cli("case-study", folder, "--images", "6", "--similarity", "1")
    assert said.exit_code == 0, said.stderr
    assert said.stdout.startswith("digits-cnn: case study of 2 metrics and 3 methods\n")
    assert "choices are made on 6 of 7 images" in said.stdout
    assert "is a repeat" in said.stdout
    numbers = json.loads(
        cli("case-study", folder, "--images", "6", "--similarity", "1", "--pair", "gradient", "random", "--json").stdout
    )
    assert len(numbers[0]["sample"]) == 6
    assert {c["kept"] for c in numbers[0]["methods"]} == {True}
    assert {(d["a"], d["b"]) for d in numbers[0]["duels"]} == {("gradient", "random")}
    assert numbers[0]["limits"]["rule"]["test"] == "t_test"


def test_a_run_compared_with_itself(cli, folder, tmp_path):
    result = cli("compare", folder, folder.parent / "run", "--json")
    assert result.exit_code == 2  # the same folder twice is one run
    assert "HP414" in result.stderr
    other = tmp_path / "second"
    shutil.copytree(folder, other)
    result = cli("compare", folder, other, "--json", "--out", "files")
    assert result.exit_code == 0, result.stderr
    transfer = json.loads(result.stdout)[0]
    assert {row["spearman"] for row in transfer["rows"]} == {1.0}
    assert {row["a"] for row in transfer["rows"]} == {"run"}
    assert (tmp_path / "files/transfer.csv").exists()
    assert cli("compare", folder, other).stdout.startswith("transfer: Rank correlations")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("tables", "RUN", "--only", "alpa"),
            "HP411 there is no table 'alpa'; did you mean 'alpha'?; tables: adaptive_noise, alpha,",
        ),
        (("tables", "RUN", "--only", "models"), "HP412 table 'models' cannot be made from"),
        (("compare", "RUN"), "it takes two runs, or a run of two models"),
        (("case-study", "RUN", "--model", "digits-cn"), "HP415 --model: 'digits-cn' is no model of"),
        (("case-study", "RUN", "--pair", "gradient", "gradcam"), "HP415 --pair: 'gradcam' is no method of"),
        (("tables", "RUN", "--test", "wilcox"), "did you mean 'wilcoxon'?"),
        (("tables", "nowhere"), "nowhere"),
    ],
)
def test_mistakes_are_one_line(cli, folder, words, line):
    result = cli(*(folder if word == "RUN" else word for word in words))
    assert result.exit_code in (2, 5)
    assert line in result.stderr


def test_every_command_of_the_docs_runs(cli, folder, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(folder, tmp_path / "runs" / name)
    commands = re.findall(r"^    heatproof (.*?)(?:\s+#.*)?$", DOCS, re.MULTILINE)
    assert len(commands) == 5
    for line in commands:
        result = cli(*line.replace("occlusion", "integrated_gradients").split())
        assert result.exit_code == 0, result.stderr
    assert (tmp_path / "runs/one/tables/alpha.tex").exists()
    assert (tmp_path / "runs/both/alpha_of_runs.pdf").exists()


def test_the_docs_name_every_table_and_its_figure():
    named = re.findall(r"^\| (`.*?) \|", DOCS, re.MULTILINE)
    words = {word for cell in named for word in re.findall(r"`(\w+)`", cell)}
    assert kinds().keys() <= words
    assert words & plates().keys() >= {"krippendorff_alpha", "significance_summary", "cles", "cluster_map", "noise"}


def test_figures_of_a_comparison_need_a_folder(cli, folder):
    result = cli("compare", folder, "--figures", "pdf")
    assert result.exit_code == 2
    assert "--figures needs --out" in result.stderr
