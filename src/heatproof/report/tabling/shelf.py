"""Tables by name. A file dropped into `heatproof/report/tables` is registered."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from heatproof.report.drawing.plates import Row
from heatproof.stats.against import Rule
from heatproof.stats.multiplicity import Correction
from heatproof.stats.one_sided import Test

T = TypeVar("T", bound=Callable[..., Iterator["Tabled"]])


@dataclass(frozen=True)
class Terms:
    """How tables test, and what they call enough."""

    test: Test = "wilcoxon"
    correction: Correction = "holm"
    level: float = 0.01
    """Of the tests."""
    alpha: float = 0.3
    """Krippendorff's alpha above which a metric is reliable."""
    similarity: float = 0.05
    """Mean similarity to the maps of a random model up to which a method passes."""
    tolerance: float = 0.1
    """Half the width of a band of medians that is narrow enough, as a share of the distance between the methods."""

    @property
    def rule(self) -> Rule:
        """Of tests against random maps."""
        return Rule(self.test, self.correction, self.level)


@dataclass(frozen=True)
class Tabled:
    """A table that was made."""

    rows: Sequence[Row]
    part: str = ""
    """What tells this table from the others of the same kind and model."""
    words: Mapping[str, object] = field(default_factory=dict)
    """What fills the {fields} of the caption."""


@dataclass(frozen=True)
class Kind:
    """A kind of table."""

    make: Callable[..., Iterator[Tabled]]
    caption: str
    """A sentence or two with {fields}: {model}, {images} and whatever the table gives in `words`."""

    @property
    def name(self) -> str:
        """The name of the function, which is that of its file."""
        return self.make.__name__

    @property
    def of_run(self) -> bool:
        """Made from the whole run, not model by model: the first parameter is called `run`."""
        return next(iter(inspect.signature(self.make).parameters)) == "run"


_SHELF: dict[str, Kind] = {}


def table(*, caption: str) -> Callable[[T], T]:
    """Register `def name(model: ModelView, terms: Terms)`, or `(run: RunView, terms)`, a generator of tables.

    It yields nothing, or raises `Absent`, where the run has nothing for it to show.
    """

    def keep(make: T) -> T:
        _SHELF[make.__name__] = Kind(make, caption)
        return make

    return keep


def kinds() -> dict[str, Kind]:
    """Every kind of table, by name."""
    _load()
    return dict(sorted(_SHELF.items()))


@cache
def _load() -> None:
    room = importlib.import_module("heatproof.report.tables")
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")
