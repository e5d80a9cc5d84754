"""The report: a run as one HTML file that needs nothing else, and no script, to be read."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from heatproof.report.colours import COLOUR_MAPS, channel_table
from heatproof.report.page import Block, Page, Shared
from heatproof.report.pages import (
    cost,
    curves,
    figures,
    gallery,
    leaderboard,
    pairs,
    problems,
    provenance,
    references,
    trust,
    verdict,
)
from heatproof.report.style import styles
from heatproof.report.text import breakable, for_page, json_block
from heatproof.study.view import RunView
from heatproof.vocabulary.files import write_whole

SIZE = 2_960_000
"""Bytes of the whole file; the gallery takes what the other pages leave."""
LEAST_GALLERY = 300_000

PAGES = (
    Page("verdict", "Verdict", verdict.of_model, verdict.of_run),
    Page("leaderboard", "Leaderboard", leaderboard.of_model),
    Page("pairs", "Pairs", pairs.of_model),
    Page("trust", "Can the metrics be trusted?", trust.of_model),
    Page("sanity", "Sanity curves", curves.sanity_of_model),
    Page("curves", "Curves", curves.of_model),
    Page("gallery", "Gallery", gallery.of_model),
    Page("figures", "Figures", of_run=figures.of_run),
    Page("cost", "Cost", cost.of_model, cost.of_run),
    Page("provenance", "Provenance", of_run=provenance.of_run),
    Page("references", "Methods and references", of_run=references.of_run),
    Page("problems", "Problems", problems.of_model, problems.of_run),
)


def write_report(view: RunView, path: Path) -> Path:
    """Write the report of this run to `path`, whole or not at all."""
    return write_whole(Path(path), render(view).encode("utf-8"))


def render(view: RunView) -> str:
    """The report as text: the same run gives the same text."""
    shared = Shared(view, styles(view), room=0)
    texts = {page.id: _page(page, shared) for page in PAGES if page.id != "gallery"}
    style, script = _asset("report.css"), _asset("report.js")
    used = sum(map(len, (style, script, *texts.values())))
    shared = replace(shared, room=max(LEAST_GALLERY, SIZE - used))
    texts |= {page.id: _page(page, shared) for page in PAGES if page.id == "gallery"}
    return (
        _environment()
        .get_template("report.html")
        .render(
            view=view,
            pages=[(page, texts[page.id]) for page in PAGES if texts[page.id]],
            style=style,
            script=script,
            policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'",
            filter_tables=[channel_table(COLOUR_MAPS[0].anchors, channel) for channel in range(3)],
            data=json_block({"maps": [[colours.name, *colours.anchors] for colours in COLOUR_MAPS]}),
        )
    )


def _page(page: Page, shared: Shared) -> Markup:
    """The section with its blocks, or nothing."""
    blocks: list[Block] = page.blocks(shared)
    if not blocks:
        return Markup("")
    template = _environment().get_template("section.html")
    text = template.render(page=page, blocks=blocks, several=len(shared.view.models) > 1)
    return Markup(text)  # noqa: S704 - rendered with autoescape


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("heatproof.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=for_page,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    return environment


@cache
def _asset(name: str) -> Markup:
    """A file of ours that is inlined as it is."""
    text = (Path(__file__).parent / "templates" / name).read_text("utf-8")
    return Markup(text)  # noqa: S704 - ours


def _hash(text: str) -> str:
    """What the Content-Security-Policy calls this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
