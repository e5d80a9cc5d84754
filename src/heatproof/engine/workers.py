"""Copies of this process that share a list of work: each takes the next piece when it is free, and reports here.

A copy (a fork) has the prepared model at once, without a second in memory, and whatever the caller's model is made of.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, ForkProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

import torch

from heatproof.engine.heap import kept_heap
from heatproof.vocabulary.errors import problem

Send = Callable[[Any], None]
Work = Callable[[Iterator[int], Send, Callable[[], None]], None]
"""(places, send, look): take pieces of work from `places`, send what is found; `look` raises when it is to end."""
_DIE_WITH_PARENT = 1


class Stopped(KeyboardInterrupt):
    """A worker is asked to hand over what it has, and to end."""


class _Ended(NamedTuple):
    """The last thing that a worker says."""

    error: BaseException | None = None
    trace: str = ""


class _Trace(Exception):  # noqa: N818 - it is a text that stands for a traceback
    """Where in a worker an error came from."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def can_fork() -> bool:
    """Whether copies of this process can go on computing: on Linux, where no accelerator has threads of its own."""
    daemon = multiprocessing.current_process().daemon
    return sys.platform == "linux" and not daemon and not torch.accelerator.is_available()


def share_out(pieces: int, workers: int, work: Work, receive: Callable[[int, Any], None]) -> None:
    """Run `work` in copies of this process, with one thread each; `receive(worker, thing)` hears here what they send.

    Whoever is free takes the next of the pieces 0, 1, 2, ... When this process is interrupted, the workers hand over
    what they have finished before they end. An error in one ends all, and is raised here.
    """
    crew = _Crew(pieces, work)
    try:
        for _ in range(workers):
            crew.hire()
        crew.listen(receive)
    except BaseException:
        crew.stop.value = True
        with suppress(KeyboardInterrupt):  # a second Ctrl-C: no more waiting
            crew.listen(receive, quiet=True)
        raise
    finally:
        crew.dismiss()


def portable(error: BaseException | None) -> BaseException | None:
    """The error itself where it can be sent to another process and says the same there, and its words where not."""
    with suppress(Exception):
        if str(ForkingPickler.loads(ForkingPickler.dumps(error))) == str(error):
            return error
    return RuntimeError(f"{type(error).__name__}: {error}")


class _Crew:
    """The workers, and the connections on which they report."""

    def __init__(self, pieces: int, work: Work) -> None:
        self._context: ForkContext = multiprocessing.get_context("fork")
        self._pieces, self._work = pieces, work
        self._taken = self._context.Value("q", 0)
        self.stop = self._context.RawValue(ctypes.c_bool, False)
        self._lines: dict[Connection, tuple[int, ForkProcess]] = {}

    def hire(self) -> None:
        """One more worker."""
        here, there = self._context.Pipe(duplex=False)
        others = [*self._lines, here]
        process = self._context.Process(target=self._toil, args=(there, others, os.getpid()), daemon=True)
        process.start()
        there.close()
        self._lines[here] = (len(self._lines), process)

    def listen(self, receive: Callable[[int, Any], None], *, quiet: bool = False) -> None:
        """Hear what is sent until all have ended; with `quiet`, errors are no news any more."""
        talking = {line for line in self._lines if not line.closed}
        while talking:
            for line in wait(list(talking)):
                assert isinstance(line, Connection)
                worker, process = self._lines[line]
                try:
                    said = line.recv()
                except (EOFError, OSError):  # at the end of what it said, or in the middle
                    said = _Ended(_lost(process))
                if not isinstance(said, _Ended):
                    receive(worker, said)
                    continue
                talking.discard(line)
                line.close()
                if said.error is not None and not quiet:
                    raise said.error from (_Trace(said.trace) if said.trace else None)

    def dismiss(self) -> None:
        """No worker outlives this."""
        for line, (_, process) in self._lines.items():
            if not line.closed:
                line.close()
                process.kill()
            process.join()

    def _toil(self, line: Connection, others: list[Connection], parent: int) -> None:
        """What a worker does from its birth to its end."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and says what to do
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _die_with(parent)
        for other in others:  # else the parent's end would not be heard as long as a sister lives
            other.close()
        torch.set_num_threads(1)
        kept_heap()
        ended = _Ended()
        try:
            self._work(self._places(), line.send, self._look)
        except Stopped:
            pass
        except BaseException as error:
            ended = _Ended(portable(error), traceback.format_exc())
        line.send(ended)

    def _places(self) -> Iterator[int]:
        while True:
            with self._taken.get_lock():
                place = self._taken.value
                self._taken.value += 1
            if place >= self._pieces:
                return
            yield place

    def _look(self) -> None:
        if self.stop.value:
            raise Stopped


def _lost(process: ForkProcess) -> BaseException:
    process.join()
    code = process.exitcode or 0
    return problem("HP224", how=f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}")


def _die_with(parent: int) -> None:
    """A worker ends when its parent is killed: nobody would hear what it finds."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before this was said
        os._exit(1)
