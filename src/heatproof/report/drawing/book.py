"""All drawings of a run: which figures it has, and why it has not the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from heatproof.report.drawing.ink import inks
from heatproof.report.drawing.plates import Absent, Drawing, Plate, plates
from heatproof.report.drawing.sheet import WIDTHS, Sheet, styled
from heatproof.report.text import shown
from heatproof.stats.words import plural
from heatproof.study.view import ModelView, RunView


@dataclass(frozen=True)
class Leaf:
    """A drawing with its name and caption."""

    plate: Plate
    drawing: Drawing
    model: ModelView | None
    name: str
    """As a file is called, without its ending."""
    caption: str


@dataclass(frozen=True)
class Missing:
    """A figure that this run does not have."""

    name: str
    reason: str


def leaves(view: RunView, plate: Plate, *, width: str | None = None, brief: bool = False) -> list[Leaf]:
    """All drawings of one figure, model by model; raises Absent where there is none.

    They have to be written within `styled()`, as they were drawn.
    """
    sheet = Sheet(WIDTHS[width or plate.width], inks(view))
    if brief:
        sheet = replace(sheet, brief=True, pixels=96, images=3)
    found: list[Leaf] = []
    reasons: list[str] = []
    subjects: Iterable[ModelView | None] = (None,) if plate.of_run else view.models
    for model in subjects:
        try:
            with styled():
                drawn = list(plate.draw(model or view, sheet))
            found += [_leaf(view, plate, model, drawing) for drawing in drawn]
        except Absent as absent:
            reasons.append(absent.reason)
    if not found:
        raise Absent(next(iter(reasons), "the run holds no values for it"))
    return _apart(found)


def _apart(found: list[Leaf]) -> list[Leaf]:
    """With names of their own, where names of the study differ only by what no file name can show."""
    taken: dict[str, int] = {}
    for leaf in found:
        taken[leaf.name] = taken.get(leaf.name, 0) + 1
    numbers = dict.fromkeys(taken, 0)
    apart = []
    for leaf in found:
        numbers[leaf.name] += 1
        apart.append(replace(leaf, name=f"{leaf.name}-{numbers[leaf.name]}") if taken[leaf.name] > 1 else leaf)
    return apart


def book(
    view: RunView, names: Iterable[str] = (), *, width: str | None = None, brief: bool = False
) -> Iterator[list[Leaf] | Missing]:
    """Figure by figure, in the order of names: its drawings, or why there are none."""
    known = plates()
    for name in names or known:
        try:
            yield leaves(view, known[name], width=width, brief=brief)
        except Absent as absent:
            yield Missing(name, absent.reason)


def _leaf(view: RunView, plate: Plate, model: ModelView | None, drawing: Drawing) -> Leaf:
    several = model is not None and len(view.models) > 1
    parts = [plate.name, model.name if several and model else "", drawing.part]
    images = max((len(m.images) for m in ((model,) if model else view.models)), default=0)
    known = {"model": model.name if model else "", "images": plural(images, "image"), **drawing.words}
    caption = plate.caption.format(**{name: shown(value) for name, value in known.items()})
    return Leaf(plate, drawing, model, "-".join(filter(None, map(slug, parts))), f"{plate.title}. {caption}")


def slug(name: str) -> str:
    """A name that every file system takes, and that a reader still knows."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.").lower()[:60]
