"""What can be copied from the report: CSV, LaTeX, BibTeX."""

import csv
import io
import re

from report_samples import HOSTILE, Size, hostile_run, model

from heatproof.report.export import bibtex, latex, leaderboard_csv, leaderboard_latex
from heatproof.report.pages.references import address


def test_the_csv_has_every_number_in_full() -> None:
    made = model(Size())
    rows = list(csv.DictReader(io.StringIO(leaderboard_csv(made))))
    assert len(rows) == len(made.methods) * len(made.metrics)
    for row in rows:
        cell = made.verdict.cell(row["method"], row["metric"])
        assert float(row["mean"]) == cell.mean
        assert (row["control"] == "true") == (row["method"] in made.verdict.controls)
        assert row["beats_random"] == ("" if cell.beats_random is None else str(cell.beats_random).lower())


def test_a_spreadsheet_runs_nothing() -> None:
    cells = [cell for row in csv.reader(io.StringIO(leaderboard_csv(hostile_run().models[0]))) for cell in row]
    assert "'=HYPERLINK(1)" not in HOSTILE
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]


def test_the_latex_table_has_one_field_per_column() -> None:
    made = model(Size())
    text = leaderboard_latex(made)
    rows = [row for row in text.splitlines() if row.endswith(r"\\")]
    assert all(len(re.findall(r"(?<!\\)&", row)) == len(made.metrics) for row in rows)
    assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule")
    assert r"input\_x\_gradient" in text
    assert r"deletion $\downarrow$" in text
    assert r"\textbf{" in text
    assert r"$^\dagger$" in text
    assert r"\textcolor{gray}{random}" in text


def test_names_mean_nothing_to_latex() -> None:
    for name in HOSTILE:
        bare = re.sub(r"\\(textbackslash|textasciicircum|textasciitilde)\{\}|\\[{}$&#_%]", "", latex(name))
        assert not set(bare) & set("\\{}$&#_%^~")


def test_each_paper_is_named_once() -> None:
    made = model(Size())
    entries = bibtex((*made.methods, *made.methods, *made.metrics))
    keys = re.findall(r"@\w+\{(\w+),", entries)
    assert len(keys) == len(set(keys))
    assert "smoothgrad" in keys


def test_only_doi_and_arxiv_become_links() -> None:
    assert address("doi = {10.1000/a(b)c}") == ("doi:10.1000/a(b)c", "https://doi.org/10.1000/a(b)c")
    assert address('doi={https://doi.org/10.1/x<y"z}') == ("doi:10.1/x<y", "https://doi.org/10.1/x%3Cy")
    assert address("eprint = {1706.03825},\n archiveprefix = {arXiv}") == (
        "arXiv:1706.03825",
        "https://arxiv.org/abs/1706.03825",
    )
    assert address("url={https://example.org/paper.pdf}") is None
    assert address("doi={javascript:alert(1)}") is None
