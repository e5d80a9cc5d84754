"""Page 10: the formula, the settings and the source of everything that was used."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from heatproof.report import export
from heatproof.report.page import Content, Shared
from heatproof.report.text import settings
from heatproof.study.view import FormulaView

_DOI = re.compile(r"\bdoi\s*=\s*[{\"]\s*(?:https?://(?:dx\.)?doi\.org/)?(10\.[^}\"\s]+)", re.IGNORECASE)
_ARXIV = re.compile(r"(?:arxiv[:.]\s*|eprint\s*=\s*[{\"]\s*)(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", re.IGNORECASE)


def of_run(shared: Shared) -> Content:
    """Methods, then metrics, each once however many models there are."""
    models = shared.view.models
    methods = _entries(m for model in models for m in model.methods)
    metrics = _entries(m for model in models for m in model.metrics)
    if not methods and not metrics:
        return None
    used = export.bibtex(f for model in models for f in (*model.methods, *model.metrics))
    parts = [(title, entries) for title, entries in (("Methods", methods), ("Metrics", metrics)) if entries]
    return {"parts": parts, "exports": [("BibTeX", used)] if used else []}


def _entries(formulas: Iterable[FormulaView]) -> list[dict[str, Any]]:
    unique = {(f.label, f.name, settings(f.settings)): f for f in formulas}
    return [{"formula": f, "settings": settings(f.settings), "address": address(f.bibtex)} for f in unique.values()]


def address(bibtex: str) -> tuple[str, str] | None:
    """(text, link) of the paper: its DOI, else its arXiv number; no other address is ever linked."""
    if found := _DOI.search(bibtex):
        return f"doi:{found[1]}", f"https://doi.org/{quote(found[1], safe='/()')}"
    if found := _ARXIV.search(bibtex):
        return f"arXiv:{found[1]}", f"https://arxiv.org/abs/{quote(found[1], safe='/')}"
    return None
