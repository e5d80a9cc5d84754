"""The run folder as a study sees it: what is finished, what is said about models and costs, where results go."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

import heatproof
from heatproof.spec.study import StudySpec
from heatproof.store.rows import MapRow
from heatproof.store.store import Store
from heatproof.study.cases import Case
from heatproof.study.collect import Axes, Collector, Found
from heatproof.study.costs import Ledger
from heatproof.study.describe import described
from heatproof.study.probe import Shrunk
from heatproof.study.stored import PIXELS
from heatproof.study.subject import Subject, Unit


class Folder:
    """Reads and writes what a study keeps in a store beside maps and scores."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._began = time.monotonic()

    @staticmethod
    def exists(folder: str | Path) -> bool:
        """True when there is a run in this folder."""
        return (Path(folder) / "run.sqlite").exists()

    def finished(self) -> frozenset[Unit]:
        """Maps and scores that need not be computed again; failed ones are tried again."""
        return frozenset(self.store.finished_maps()) | frozenset(self.store.finished_scores())

    def begin(self, spec: StudySpec, models: Sequence[str]) -> None:
        """Note what is asked and by which software; name what has changed since the last time."""
        now = provenance()
        before = self.store.get_meta("provenance") or now
        for name in ("heatproof", "torch", "device", "platform"):
            if before.get(name) != now[name]:
                text = f"{name} was {before.get(name)}, is {now[name]}: units are computed anew under new keys"
                self.store.add_event("changed", text)
        self.store.set_meta("provenance", now)
        self.store.set_meta("study", spec.resolved())
        self.store.set_meta("models", list(models))

    def end(self) -> None:
        """Note how long this session took."""
        sessions = self.store.get_meta("sessions") or []
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        self.store.set_meta("sessions", [*sessions, {"ended": ended, "seconds": time.monotonic() - self._began}])

    def describe(self, index: int, subject: Subject) -> None:
        """Keep the images, and what a reader needs to know about model, methods and metrics."""
        kept = self.store.finished_maps()
        rows = [
            MapRow(c.key, PIXELS, np.ascontiguousarray(c.x.float().numpy()))
            for c in subject.cases
            if (c.key, PIXELS) not in kept
        ]
        if rows:
            self.store.put_maps(rows)
        self.store.set_meta(f"model {index}", described(subject))
        said = {e.text for e in self.store.events()}
        notes = [("skipped", text) for text in subject.left_out]
        notes += [("model", f"{subject.classifier.name}: {text}") for text in subject.session.preflight.warnings]
        for kind, text in notes:
            if text not in said:
                self.store.add_event(kind, text)

    def collector(self, index: int, todo: Sequence[Case]) -> Collector:
        """The sink of a model's units, which knows what is there of these images."""
        return Collector(self.store.kept_maps({case.key for case in todo}), self._axes(index))

    def keep(self, index: int, found: Found) -> None:
        """Put finished units away, durably."""
        for image, method in found.damaged:
            self.store.load_map(image, method)  # notes the damage, before the map is put there again
        if found.axes:
            self.store.set_meta(f"axes {index}", self._axes(index) | found.axes)
        if found.maps:
            self.store.put_maps(found.maps)
        if found.scores:
            self.store.put_scores(found.scores)

    def _axes(self, index: int) -> Axes:
        found: Axes = self.store.get_meta(f"axes {index}") or {}
        return found

    def ledger(self, index: int) -> Ledger:
        """Where a model's costs are written down."""
        return Ledger(self.store, index)

    def note_shrunk(self, shrunk: Shrunk) -> None:
        """Note batches that did not fit into memory."""
        for old, new in shrunk:
            self.store.add_event("memory", f"out of memory at batch {old}: continued with {new}")


def provenance() -> dict[str, Any]:
    """Software and hardware of this process."""
    cuda = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "heatproof": heatproof.__version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": sys.version.split()[0],
        "platform": f"{platform.system()} {platform.machine()}",
        "device": cuda or "cpu",
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }
