"""The page as a file: complete without scripts, closed to the outside, the same bytes each time, harmless."""

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from report_samples import HOSTILE, Size, hostile_run, run

from heatproof.report.html import PAGES, render, write_report
from heatproof.report.text import shown

VOID = {"meta", "link", "img", "br", "input", "wbr", "hr"}


class Reader(HTMLParser):
    """Collects elements and text, and complains about anything that is not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All text outside of scripts and styles."""
        return "".join(self.texts)

    @property
    def sections(self) -> list[str | None]:
        """Anchors of the sections, in order."""
        return [attrs.get("id") for tag, attrs in self.tags if tag == "section"]


@pytest.fixture(scope="module")
def page() -> str:
    return render(run())


def test_every_section_is_there_and_in_the_rail(page: str) -> None:
    reader = Reader(page)
    assert reader.sections == [p.id for p in PAGES]
    links = [attrs["href"] for tag, attrs in reader.tags if tag == "a" and str(attrs.get("href")).startswith("#")]
    assert links == [f"#{p.id}" for p in PAGES]


def test_all_numbers_stand_there_without_scripts(page: str) -> None:
    text = Reader(page).text
    for model in run().models:
        for cell in model.verdict.cells:
            assert cell.mean is not None
            assert f"{cell.mean:.3f}" in text
        assert all(sentence in text for sentence in (*model.verdict.sentences, *model.verdict.warnings))
    for wanted in ("not finished", "the map is constant", "no convolution", "broken.png", "n=50", "120,000", "seed: 7"):
        assert wanted in text


def test_warnings_come_before_sentences(page: str) -> None:
    text = Reader(page).text
    assert text.index("not finished") < text.index("Only 8 images") < text.index("is best on deletion")


def test_maps_are_coloured_without_scripts(page: str) -> None:
    reader = Reader(page)
    maps = [attrs for tag, attrs in reader.tags if tag == "img" and str(attrs.get("class")).startswith("map")]
    assert len(maps) == 2 * 8 * 8
    assert all(str(attrs["src"]).startswith("data:image/webp;base64,") for attrs in maps)
    assert ".gallery .map { filter: url(#signed) }" in page
    assert ("filter", "signed") in [(tag, attrs.get("id")) for tag, attrs in reader.tags]


def test_nothing_points_outside_but_papers(page: str) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}", page))
    assert addresses <= {"https://doi.org", "https://arxiv.org"}
    assert "https://arxiv.org/abs/1706.03825" in page
    for tag, attrs in Reader(page).tags:
        for name in ("src", "href", "action", "srcset", "data"):
            value = str(attrs.get(name, "#"))
            assert value.startswith(("#", "data:", "https://doi.org/", "https://arxiv.org/")), (tag, name, value[:60])


def test_the_policy_allows_only_what_is_inline(page: str) -> None:
    policy = next(a["content"] for t, a in Reader(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    for name, kind in (("style", "style-src"), ("script", "script-src")):
        inline = re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        assert len(inline) == 1
        digest = b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


def test_no_style_or_handler_stands_in_an_element(page: str) -> None:
    for _, attrs in Reader(page).tags:
        assert not [name for name in attrs if name == "style" or name.startswith("on")]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_report(run(), tmp_path / "new" / "a.html")
    assert first.read_bytes() == write_report(run(), tmp_path / "b.html").read_bytes()
    assert {p.name for p in tmp_path.rglob("*.*")} == {"a.html", "b.html"}


def test_a_failed_report_leaves_the_old_one(tmp_path: Path) -> None:
    path = write_report(run(models=1), tmp_path / "a.html")
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        write_report(replace(run(), models=(None,)), path)  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_hostile_names_are_text() -> None:
    reader = Reader(render(hostile_run()))
    for name in HOSTILE:
        assert shown(name) in reader.text
    sources = [attrs for tag, attrs in reader.tags if tag == "img"]
    assert all(str(attrs.get("src")).startswith("data:image/webp") for attrs in sources)
    assert [tag for tag, _ in reader.tags].count("script") == 2
    assert not [name for _, attrs in reader.tags for name in attrs if name.startswith("on")]
    assert not set("\x1b\x00\u2028\u202e\u202c") & set(reader.text)


def test_undefined_and_endless_values_are_shown_as_such() -> None:
    view = run(models=1)
    model = view.models[0]
    cells = [replace(c, mean=m) for c, m in zip(model.verdict.cells, (np.nan, np.inf, None, -0.0, 1e308), strict=False)]
    cells += model.verdict.cells[5:]
    curves = {
        key: tuple(replace(c, values={k: v * np.array(np.nan) for k, v in c.values.items()}) for c in found)
        for key, found in model.curves.items()
    }
    values = {key: np.full(8, np.inf) for key in model.values}
    odd = replace(model, values=values, curves=curves, verdict=replace(model.verdict, cells=tuple(cells)))
    html = render(replace(view, models=(odd,)))
    reader = Reader(html)
    assert "curves" not in reader.sections
    assert "∞" in reader.text
    assert not re.findall(r"\bNaN\b", re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]
    assert "nan" not in re.findall(r"[\w−.]+", reader.text)


def test_a_run_without_anything_is_a_page() -> None:
    reader = Reader(render(run(models=0, failed=(), events=(), missing=12, cost={}, study={}, provenance={})))
    assert reader.sections == ["verdict", "provenance", "problems"]
    assert "12 scores of the study still missing" in reader.text


def test_a_run_without_scores_maps_and_curves_says_so() -> None:
    view = run(models=1)
    model = view.models[0]
    nothing = replace(model.verdict, cells=(), pairs=(), sanity=(), agreement={}, warnings=(), sentences=())
    bare = replace(model, values={}, reasons={}, curves={}, verdict=nothing, load_map=lambda m, i: None)
    reader = Reader(render(replace(view, models=(bare,))))
    assert set(reader.sections) == {"verdict", "cost", "provenance", "references", "problems"}
    assert "No score is finished yet" in reader.text


@pytest.mark.parametrize("size", [Size(images=1), Size(images=1, methods=1, metrics=1), Size(images=2, methods=0)])
def test_small_runs_are_pages(size: Size) -> None:
    reader = Reader(render(run(size, models=1)))
    assert {"verdict", "leaderboard", "gallery"} <= set(reader.sections)
    assert not [tag for tag, attrs in reader.tags if tag == "h3" and attrs.get("class") == "model"]


def test_a_large_run_stays_under_three_megabytes() -> None:
    html = render(run(Size(images=25, methods=13, metrics=11, side=112), models=1))
    assert len(html.encode()) < 3_000_000
    assert "The first 24 of 25 images" in html


def test_noisy_maps_are_left_out_before_the_file_grows_too_large() -> None:
    size = Size(images=20, methods=14, metrics=11, side=112)
    view = run(size, models=2)
    noise = np.random.default_rng(0).uniform(-1, 1, (3, 112, 112))
    noisy = tuple(replace(m, load_map=lambda method, image: noise) for m in view.models)
    html = render(replace(view, models=noisy))
    assert len(html.encode()) < 3_000_000
    assert re.search(r"The first \d+ of 20 images; the others are left out", html)
