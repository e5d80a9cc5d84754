"""One writer per run folder: a kernel lock decides races, the file's text says who holds it."""

from __future__ import annotations

import fcntl
import os
import threading
import time
import weakref
from pathlib import Path

from heatproof.store.owner import STALE_SECONDS, Owner
from heatproof.vocabulary.errors import HeatproofError, problem

_BEAT_SECONDS = 10.0
_PATIENCE_SECONDS = 1.0
"""How long a starter waits for a writer that is just ending, or for the kernel to clean up after a killed one."""


class Lock:
    """The right to write a run folder, kept until `release`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor, predecessor = _acquire(folder)
        self.taken_from = predecessor
        """The dead owner whose lock this was."""
        self._owner = Owner.current()
        try:
            self._owner.write(self._descriptor)
        except OSError:
            self.forget()
            raise
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="heatproof-lock", daemon=True)
        self._heart.start()
        _HELD.add(self)

    def confirm(self) -> None:
        """Raise unless the lock is still ours."""
        if self._descriptor < 0 or not self._ours():
            raise problem("HP318", folder=self._folder)

    def release(self) -> None:
        """Give the folder free. The file stays, empty: deleting it would race with the next starter."""
        if self._descriptor < 0:
            return
        self._ended.set()
        self._heart.join()
        try:
            if self._ours():
                os.ftruncate(self._descriptor, 0)
        finally:
            self.forget()

    def forget(self) -> None:
        """Close our handle of the file. In a forked child this leaves the parent's lock as it is."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _ours(self) -> bool:
        if os.fstat(self._descriptor).st_nlink == 0:
            return False
        found = Owner.read(self._descriptor)
        return found is not None and found.same_process(self._owner)

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT_SECONDS):
            try:
                if not self._ours():
                    return
                self._owner.write(self._descriptor)
            except OSError:  # the folder is unreachable for the moment; puts will say so
                continue


def _acquire(folder: Path) -> tuple[int, Owner | None]:
    path = folder / "lock"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            held = _held_elsewhere(descriptor)
            owner = Owner.read(descriptor)
            if not held and _same_file(descriptor, path):
                if owner is not None and owner.may_live():
                    raise _refusal(folder, owner)
                kept, descriptor = descriptor, -1
                return kept, owner
            if held and time.monotonic() > deadline:
                raise _refusal(folder, owner)
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        time.sleep(0.02)


def _held_elsewhere(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without kernel locks: the text of the file has to do
        return False
    return False


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _refusal(folder: Path, owner: Owner | None) -> HeatproofError:
    if owner is None or owner.on_this_host:
        return problem("HP316", folder=folder, pid=owner.pid if owner else "(unknown)")
    age = max(0, round(time.time() - owner.beat))
    return problem("HP317", folder=folder, pid=owner.pid, host=owner.host, age=age, lock=folder / "lock")


_HELD: weakref.WeakSet[Lock] = weakref.WeakSet()


def _forget_in_child() -> None:
    # A forked child shares the kernel lock: if it outlived a killed writer, the folder would stay locked.
    for lock in list(_HELD):
        lock.forget()


os.register_at_fork(after_in_child=_forget_in_child)
assert STALE_SECONDS > 3 * _BEAT_SECONDS
