"""What was asked and what had to be run, by who asked: the numbers of the plan and of the cost table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Effort = Literal["forwards", "gradients"]


@dataclass
class Account:
    """Points asked for and points evaluated; a layer's activations with gradients count as a gradient."""

    asked: Counter[tuple[str, Effort]] = field(default_factory=Counter)
    run: Counter[tuple[str, Effort]] = field(default_factory=Counter)

    def note(self, origin: str, effort: Effort, asked: int, run: int) -> None:
        """One question: how many points it names, and how many nobody had asked before."""
        self.asked[origin, effort] += asked
        self.run[origin, effort] += run

    def total(self, effort: Effort | None = None, *, asked: bool = False) -> int:
        """All origins together."""
        book = self.asked if asked else self.run
        return sum(n for (_, e), n in book.items() if effort in (None, e))

    def of(self, wanted: Callable[[str], bool]) -> dict[str, int]:
        """The sum over the origins that are wanted: asked, run, forwards, gradients."""
        asked = sum(n for (origin, _), n in self.asked.items() if wanted(origin))
        forwards, gradients = (
            sum(n for (origin, e), n in self.run.items() if e == effort and wanted(origin))
            for effort in ("forwards", "gradients")
        )
        return {"asked": asked, "run": forwards + gradients, "forwards": forwards, "gradients": gradients}

    def by_origin(self) -> dict[str, dict[str, int]]:
        """asked, run, forwards and gradients of everybody who asked."""
        lines: dict[str, dict[str, int]] = {}
        for (origin, effort), asked in self.asked.items():
            line = lines.setdefault(origin, dict.fromkeys(("asked", "run", "forwards", "gradients"), 0))
            run = self.run[origin, effort]
            line["asked"] += asked
            line["run"] += run
            line[effort] += run
        return lines

    def add(self, other: Account, times: int = 1) -> None:
        """Add another account, several times over."""
        for mine, theirs in ((self.asked, other.asked), (self.run, other.run)):
            for key, n in theirs.items():
                mine[key] += n * times
