"""How far a run is, and how long it will still take: the plan's counts at the pace so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from heatproof.engine.account import Account, Effort
from heatproof.engine.evaluate import Spent


class Progress(NamedTuple):
    """How far a run is."""

    done: int
    """Units (maps and scores) finished by this run."""
    total: int
    share: float
    """Share of the planned time in the model that is over: moves also while no unit is finished."""
    seconds_left: float | None
    what: str


Watcher = Callable[[Progress], None]


@dataclass
class Watch:
    """Tells a watcher, a few times a second at most."""

    tell: Watcher | None
    what: str
    total: int
    planned: Account
    _began: float = field(default_factory=time.monotonic)
    _last: float = 0.0

    def look(self, done: int, spent: Mapping[Effort, Spent]) -> None:
        """Report if it is time to."""
        now = time.monotonic()
        if self.tell and now - self._last >= 0.2:
            self._last = now
            gone, whole = self._seconds(spent)
            left = max(0.0, whole - gone) * (now - self._began) / gone if gone else None
            share = min(1.0, gone / whole) if whole else done / max(self.total, 1)
            self.tell(Progress(done, self.total, share, left, self.what))

    def _seconds(self, spent: Mapping[Effort, Spent]) -> tuple[float, float]:
        """Seconds in the model so far, and in all at this pace."""
        pace = {effort: s.seconds / s.points for effort, s in spent.items() if s.points}
        slowest = max(pace.values(), default=0.0)
        whole = sum(self.planned.total(effort) * pace.get(effort, slowest) for effort in spent)
        return sum(s.seconds for s in spent.values()), whole
