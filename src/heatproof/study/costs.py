"""What a run has cost: points asked and run, seconds in the model, by who asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from heatproof.store.store import Store
from heatproof.study.crew import Tally

Cost = Mapping[str, Any]
"""origins: who -> asked, run, forwards, gradients; spent: effort -> (points, seconds in the model); seconds in all."""


def cost_of(store: Store, index: int) -> Cost:
    """What the model with this index has cost so far."""
    found: Cost = store.get_meta(f"cost {index}") or {"origins": {}, "spent": {}, "seconds": 0.0}
    return found


class Ledger:
    """Writes down what a model costs while it runs: earlier sessions, and this one so far."""

    def __init__(self, store: Store, index: int) -> None:
        self._store, self._index = store, index
        self._before = cost_of(store, index)
        self._began = time.monotonic()

    def save(self, tally: Tally) -> None:
        """Earlier sessions plus everything that this one has asked and run."""
        before = self._before
        origins = {origin: dict(line) for origin, line in before["origins"].items()}
        for origin, line in tally.account.by_origin().items():
            kept = origins.get(origin, {})
            origins[origin] = {name: kept.get(name, 0) + n for name, n in line.items()}
        spent = dict(before["spent"])
        for effort, now in tally.spent.items():
            points, seconds = spent.get(effort, (0, 0.0))
            spent[effort] = (points + now.points, seconds + now.seconds)
        seconds = before["seconds"] + time.monotonic() - self._began
        self._store.set_meta(f"cost {self._index}", {"origins": origins, "spent": spent, "seconds": seconds})


def line_of(cost: Cost, kind: str, label: str) -> dict[str, Any]:
    """asked, run, forwards, gradients and seconds of one method's maps, or of one metric for all methods."""
    return _line(cost, partial(is_for, kind, label))


def is_for(kind: str, label: str, origin: str) -> bool:
    """True when this method, or this metric for some method, asked."""
    method, _, metric = origin.partition("\n")
    return metric == label if kind == "metric" else origin == method == label


def total_cost(store: Store, models: int) -> dict[str, Any]:
    """All models together, and what sharing saved."""
    costs = [cost_of(store, i) for i in range(models)]
    lines = [_line(cost, lambda origin: True) for cost in costs]
    total = {name: sum(line[name] for line in lines) for name in ("asked", "run", "forwards", "gradients")}
    return total | {
        "shared": 1 - total["run"] / total["asked"] if total["asked"] else 0.0,
        "model_seconds": sum(seconds for cost in costs for _, seconds in cost["spent"].values()),
        "seconds": sum(cost["seconds"] for cost in costs),
    }


def _line(cost: Cost, wanted: Callable[[str], bool]) -> dict[str, Any]:
    lines = [line for origin, line in cost["origins"].items() if wanted(origin)]
    total = {name: sum(line[name] for line in lines) for name in ("asked", "run", "forwards", "gradients")}
    return total | {"seconds": sum(total[e] * _pace(cost, e) for e in ("forwards", "gradients"))}


def _pace(cost: Cost, effort: str) -> float:
    points, seconds = cost["spent"].get(effort, (0, 0.0))
    return float(seconds / points) if points else 0.0
