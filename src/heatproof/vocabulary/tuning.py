"""Search for the value of one setting at which something that is asked of the model is smallest."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.rehearsal import made_up_in_rehearsal

Objective = Callable[[float], Coroutine[Any, Any, float]]
GOLDEN = (5**0.5 - 1) / 2
SCAN = 5
"""Values that are tried side by side before an interval is searched."""


@dataclass
class Search:
    """An objective J(s), asked once for every s; where it is undefined it is infinite."""

    objective: Objective
    found: dict[float, float] = field(default_factory=dict)
    """J(s) by s, in the order of asking."""

    async def at(self, s: float) -> float:
        """J(s); values of s that only rounding tells apart are one."""
        s = round(s, 9)
        if s not in self.found:
            try:
                self.found[s] = await self.objective(s)
            except Undefined:
                self.found[s] = float("inf")
        return self.found[s]

    @property
    def best(self) -> float:
        """The s of the smallest J, the first of equal ones."""
        s = min(self.found, key=lambda s: self.found[s])
        if self.found[s] == float("inf"):
            raise Undefined("what is to be made small has no value anywhere")
        return s

    def notes(self, setting: str) -> dict[str, float]:
        """What a method notes of its search: the value of the setting that is best, J there, values that were tried."""
        return {setting: self.best, "objective": self.found[self.best], "tried": float(len(self.found))}


async def stepwise(search: Search, start: float, *, rate: float = 0.1, iterations: int = 20) -> list[float]:
    """Steps up, or down where up is worse, taken even if that is worse too: the published search. Gives its path.

    Whenever J has grown, the steps shrink by a tenth; growing for the fourth time in a row ends the search.
    """
    path, last, grown = [start], await search.at(start), 0
    for _ in range(iterations):
        up = abs(path[-1] + rate)
        path.append(up if await search.at(up) <= last else abs(path[-1] - rate))
        now = await search.at(path[-1])
        if _is_over(now, last, grown):
            break
        rate, grown = (0.9 * rate, grown + 1) if now > last else (rate, 0)
        last = now
    return path


@made_up_in_rehearsal(False)
def _is_over(now: float, last: float, grown: int) -> bool:
    """The fourth growth in a row. A plan counts every step."""
    return now > last and grown == 3


async def golden_section(search: Search, low: float, high: float, *, evaluations: int = 12) -> None:
    """The smallest of a few values from low to high, golden sections of the interval around it, at last a parabola.

    `evaluations` values are asked for, at least 8: a number that does not depend on J. The parabola goes through the
    three smallest.
    """
    scan = np.linspace(low, high, SCAN).tolist()
    values = await together(search.at(s) for s in scan)
    least = int(np.argmin(values))
    a, b = scan[max(least - 1, 0)], scan[min(least + 1, SCAN - 1)]
    p, q = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
    at_p, at_q = await together([search.at(p), search.at(q)])
    for _ in range(evaluations - SCAN - 3):
        if at_p <= at_q:
            b, q, at_q = q, p, at_p
            p = b - GOLDEN * (b - a)
            at_p = await search.at(p)
        else:
            a, p, at_p = p, q, at_q
            q = a + GOLDEN * (b - a)
            at_q = await search.at(q)
    await search.at(_vertex(search.found, a, b))


def _vertex(found: dict[float, float], a: float, b: float) -> float:
    """Where the parabola through the three smallest values is lowest; the middle of [a, b] if that lies outside."""
    points = sorted((s for s in found if isfinite(found[s])), key=lambda s: found[s])[:3]
    if len(points) == 3:
        s, t, u = points
        slope = (found[t] - found[s]) / (t - s)
        curvature = ((found[u] - found[s]) / (u - s) - slope) / (u - t)
        vertex = (s + t) / 2 - slope / (2 * curvature) if curvature > 0 else b
        if a < vertex < b:
            return vertex
    return (a + b) / 2
