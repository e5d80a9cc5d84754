"""All tables of a run: which it has, and why it has not the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from heatproof.report.drawing.book import Missing, slug
from heatproof.report.drawing.plates import Absent, Row
from heatproof.report.tabling.shelf import Kind, Tabled, Terms, kinds
from heatproof.report.text import shown
from heatproof.stats.words import plural
from heatproof.study.view import ModelView, RunView


@dataclass(frozen=True)
class Sheaf:
    """A table with its name and caption."""

    kind: str
    name: str
    """As a file is called, without its ending."""
    caption: str
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a row has, in the order in which they come up."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))


def sheaves(view: RunView, names: Iterable[str] = (), terms: Terms | None = None) -> Iterator[list[Sheaf] | Missing]:
    """Kind by kind, in the order of names: its tables, or why there are none."""
    known = kinds()
    for name in names or known:
        found: list[Sheaf] = []
        reasons: list[str] = []
        for model in (None,) if known[name].of_run else view.models:
            try:
                made = known[name].make(model or view, terms or Terms())
                found += [_sheaf(view, known[name], model, tabled) for tabled in made if tabled.rows]
            except Absent as absent:
                reasons.append(absent.reason)
        yield found or Missing(name, next(iter(reasons), "the run holds no values for it"))


def _sheaf(view: RunView, kind: Kind, model: ModelView | None, tabled: Tabled) -> Sheaf:
    parts = [kind.name, model.name if model and len(view.models) > 1 else "", tabled.part]
    images = max((len(m.images) for m in ((model,) if model else view.models)), default=0)
    said = {"model": model.name if model else "", "images": plural(images, "image"), **tabled.words}
    caption = kind.caption.format(**{name: shown(value) for name, value in said.items()})
    return Sheaf(kind.name, "-".join(filter(None, map(slug, parts))), " ".join(caption.split()), tuple(tabled.rows))
