"""Drives coroutines: sends answers in, takes questions out. No event loop, no threads."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from heatproof.vocabulary.ask import Asked
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.query import Query

Job = Coroutine[Any, Any, Any]


class Outcome(NamedTuple):
    """How a coroutine ended."""

    value: Any = None
    error: BaseException | None = None


@dataclass(eq=False)
class Task:
    """A coroutine on its way; `owner` is the piece of work (one image) that it belongs to."""

    job: Job
    owner: int
    done: Callable[[Outcome], None]


@dataclass
class Driver:
    """Advances every coroutine as far as its answers allow; questions go to `ask`."""

    ask: Callable[[Query, Task], None]
    _ready: deque[tuple[Task, Outcome]] = field(default_factory=deque)

    def start(self, job: Job, owner: int, done: Callable[[Outcome], None]) -> None:
        """Begin a coroutine; `done` receives its outcome."""
        self._ready.append((Task(job, owner, done), Outcome()))

    def resume(self, task: Task, outcome: Outcome) -> None:
        """Hand a task what it waits for."""
        self._ready.append((task, outcome))

    def close(self) -> None:
        """Give up: coroutines that have not begun are closed."""
        while self._ready:
            self._ready.popleft()[0].job.close()

    def advance(self) -> None:
        """Run until every coroutine waits or has ended."""
        while self._ready:
            task, outcome = self._ready.popleft()
            self._step(task, outcome)

    def _step(self, task: Task, outcome: Outcome) -> None:
        try:
            wish = task.job.throw(outcome.error) if outcome.error else task.job.send(outcome.value)
        except StopIteration as stop:
            task.done(Outcome(stop.value))
        except Exception as error:
            task.done(Outcome(error=error))
        else:
            self._grant(task, wish)

    def _grant(self, task: Task, wish: object) -> None:
        if isinstance(wish, Asked) and wish.query is not None:
            self.ask(wish.query, task)
            return
        wishes = wish.tasks if isinstance(wish, Asked) else (wish,)
        foreign = [w for w in wishes if not inspect.iscoroutine(w)]
        if foreign or not isinstance(wish, Asked):
            for job in filter(inspect.iscoroutine, wishes):
                job.close()
            kind = type(foreign[0])
            got = f"{kind.__module__}.{kind.__name__}"
            self.resume(task, Outcome(error=problem("HP222", formula=_who(task.job), got=got)))
        else:
            self._side_by_side(task, wish.tasks)

    def _side_by_side(self, task: Task, jobs: tuple[Job, ...]) -> None:
        results: list[Any] = [None] * len(jobs)
        errors: list[BaseException] = []
        left = len(jobs)

        def ended(slot: int, outcome: Outcome) -> None:
            nonlocal left
            left -= 1
            results[slot] = outcome.value
            if outcome.error:
                errors.append(outcome.error)
            if not left:
                self.resume(task, Outcome(error=errors[0]) if errors else Outcome(results))

        if not jobs:
            self.resume(task, Outcome([]))
        for slot, job in enumerate(jobs):
            self.start(job, task.owner, lambda outcome, slot=slot: ended(slot, outcome))  # type: ignore[misc]


def _who(job: object) -> str:
    """The coroutine that waits, after the one that waits for it: `my_method > sleep`."""
    names: list[str] = []
    while inspect.iscoroutine(job):
        names.append(job.__name__)
        job = job.cr_await
    return " > ".join(names[-2:])
