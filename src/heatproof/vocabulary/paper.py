"""Where a formula comes from, in a form that machines can read: BibTeX is made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """One publication; `id` is a DOI ("doi:...") or an arXiv number ("arXiv:...")."""

    authors: str
    """As BibTeX wants them: "Smilkov, Daniel and Thorat, Nikhil"."""
    title: str
    year: int
    venue: str
    id: str = ""

    @property
    def key(self) -> str:
        """Key of the entry: first author, year, first long word of the title."""
        author = re.sub(r"[^a-z]", "", self.authors.split(" and ")[0].split(",")[0].lower())
        word = next((w for w in re.findall(r"[a-z]+", self.title.lower()) if len(w) > 3), "paper")
        return f"{author}{self.year}{word}"

    @property
    def short(self) -> str:
        """`Smilkov et al. 2017`."""
        names = [a.split(",")[0] for a in self.authors.split(" and ")]
        return f"{names[0]}{' et al.' if len(names) > 2 else f' and {names[1]}' if len(names) == 2 else ''} {self.year}"

    @property
    def url(self) -> str:
        """Address of the paper, or an empty text."""
        kind, _, number = self.id.partition(":")
        return {"doi": "https://doi.org/", "arXiv": "https://arxiv.org/abs/"}.get(kind, "") + number if number else ""

    @property
    def bibtex(self) -> str:
        """The BibTeX entry."""
        kind, _, number = self.id.partition(":")
        fields = {"author": self.authors, "title": f"{{{self.title}}}", "year": str(self.year), "note": self.venue}
        if kind == "doi":
            fields["doi"] = number
        if kind == "arXiv":
            fields |= {"eprint": number, "archiveprefix": "arXiv"}
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@misc{{{self.key},\n{body}\n}}"
