"""What a page of the report is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from heatproof.stats.verdict import Cell
from heatproof.study.draws import once_each
from heatproof.study.view import FormulaView, ModelView, RunView

Content = Mapping[str, Any] | None
"""What a template shows; None where there is nothing to show."""


@dataclass(frozen=True)
class Shared:
    """What every page may look up."""

    view: RunView
    styles: Mapping[str, str]
    room: int
    """Bytes that the pictures of the gallery may take."""


@dataclass(frozen=True)
class Block:
    """What one model contributes to a page; `model` is its number, or None for the whole run."""

    model: int | None
    name: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """A section with its place in the rail. Its template is `pages/<id>.html`."""

    id: str
    title: str
    of_model: Callable[[ModelView, Shared], Content] | None = None
    of_run: Callable[[Shared], Content] | None = None

    def blocks(self, shared: Shared) -> list[Block]:
        """The whole run first, then model by model; empty blocks are left out."""
        blocks = []
        if self.of_run and (content := self.of_run(shared)):
            blocks.append(Block(None, "", content))
        for number, model in enumerate(shared.view.models if self.of_model else ()):
            if self.of_model and (content := self.of_model(model, shared)):
                blocks.append(Block(number, model.name, content))
        return blocks


def cells(model: ModelView) -> dict[tuple[str, str], Cell]:
    """The leaderboard's cells by the labels of their method and metric."""
    return {(cell.method, cell.metric): cell for cell in model.verdict.cells}


def ranked(model: ModelView) -> list[FormulaView]:
    """The methods, best first, the controls below them."""
    order = {label: place for place, label in enumerate(model.verdict.methods)}
    return sorted(model.methods, key=lambda m: (m.control, order.get(m.label, len(order))))


def judged(model: ModelView) -> tuple[FormulaView, ...]:
    """The metrics as the verdict counts them: repeats with other random draws are one."""
    return once_each(model.metrics)
