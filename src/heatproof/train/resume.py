"""The state of an unfinished training in a file beside the wanted one: killed at any moment, it goes on from there."""

from __future__ import annotations

import io
import time
from pathlib import Path

import torch

from heatproof.train.course import Course
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.files import write_whole

EVERY = 20.0
"""Seconds between two states."""


class Checkpoint:
    """Where a training keeps its state; the name holds its settings, so that another training never takes it up."""

    def __init__(self, path: Path, digest: str) -> None:
        self.path = path.with_name(f".{path.name}.{digest[:12]}.unfinished")
        self._last = time.monotonic()

    def take_up(self, course: Course) -> bool:
        """Put the course where the last process left it, if there was one; raises HP960 for a damaged state."""
        if not self.path.exists():
            return False
        try:
            course.restore(torch.load(self.path, map_location="cpu", weights_only=True))
        except Exception as error:  # a damaged file fails in any way there is
            raise problem("HP960", path=self.path) from error
        return True

    def keep(self, course: Course) -> None:
        """Store the state, if the last one is old enough."""
        if time.monotonic() - self._last >= EVERY:
            data = io.BytesIO()
            torch.save(course.state(), data)
            write_whole(self.path, data.getvalue())
            self._last = time.monotonic()

    def forget(self) -> None:
        """The training is finished."""
        self.path.unlink(missing_ok=True)
