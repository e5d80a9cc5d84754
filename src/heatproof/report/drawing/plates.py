"""Figures by name. A file dropped into `heatproof/report/figures` is registered."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from heatproof.study.view import FormulaView, ModelView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = Mapping[str, object]
D = TypeVar("D", bound=Callable[..., Iterator["Drawing"]])
Width = Literal["column", "page"]


class Absent(Exception):  # noqa: N818 - a fact about the run, not a failure
    """The run has not what this figure shows; `reason` says what is missing."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Drawing:
    """A figure that was drawn."""

    figure: Figure
    rows: Sequence[Row]
    """The numbers behind it, one mapping per row of its table."""
    part: str = ""
    """What tells this drawing from the others that the same figure has of the same model."""
    words: Mapping[str, object] = field(default_factory=dict)
    """What fills the {fields} of the caption."""


@dataclass(frozen=True)
class Plate:
    """A kind of figure."""

    draw: Callable[..., Iterator[Drawing]]
    title: str
    caption: str
    """A sentence or two with {fields}: {model}, {images} and whatever the drawing gives in `words`."""
    needs: tuple[str, ...]
    """Metrics, any of which has to be in the study."""
    width: Width
    report: bool
    """Shown in the report too; not where the report has a page for the same thing."""

    @property
    def name(self) -> str:
        """The name of the function, which is that of its file."""
        return self.draw.__name__

    @property
    def of_run(self) -> bool:
        """Drawn from the whole run, not model by model: the first parameter is called `run`."""
        return next(iter(inspect.signature(self.draw).parameters)) == "run"


_SHELF: dict[str, Plate] = {}


def figure(
    *, title: str, caption: str, needs: Sequence[str] = (), width: Width = "page", report: bool = True
) -> Callable[[D], D]:
    """Register `def name(model: ModelView, sheet: Sheet)`, or `(run: RunView, sheet)`, a generator of drawings.

    It yields nothing, or raises `Absent`, where the run has nothing for it to show.
    """

    def keep(draw: D) -> D:
        _SHELF[draw.__name__] = Plate(draw, title, caption, tuple(needs), width, report)
        return draw

    return keep


def plates() -> dict[str, Plate]:
    """Every kind of figure, by name."""
    _load()
    return dict(sorted(_SHELF.items()))


@cache
def _load() -> None:
    room = importlib.import_module("heatproof.report.figures")
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")


def columns(model: ModelView, *names: str) -> list[FormulaView]:
    """The metrics of the study with one of these names, in the order of the study; raises Absent without any."""
    found = [metric for metric in model.metrics if metric.name in names]
    if not found:
        raise Absent(f"needs the metric {' or '.join(names)}")
    return found


def setting(formula: FormulaView, name: str, otherwise: Any = None) -> Any:
    """What a setting of a method or metric is set to."""
    return formula.settings.get(name, otherwise) if isinstance(formula.settings, Mapping) else otherwise


def part_of(model: ModelView, metric: FormulaView) -> str:
    """What tells the drawing of this metric from that of another entry of the same metric."""
    return metric.label if sum(m.name == metric.name for m in model.metrics) > 1 else ""
