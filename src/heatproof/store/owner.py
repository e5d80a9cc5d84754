"""Who holds the lock of a run folder, and whether that process may still live."""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

STALE_SECONDS = 60.0
"""Silence after which a writer on another machine counts as dead."""

_LENGTH = 512
"""Fixed, so that a rewrite in place never leaves a mixture of two lengths."""


@dataclass(frozen=True)
class Owner:
    """The writer of a run folder."""

    pid: int
    host: str
    start: str
    """Tells this process from a later one with the same pid; empty where the system does not say."""
    beat: float
    """The last sign of life, in seconds since 1970."""

    @classmethod
    def current(cls) -> Owner:
        """This process, now."""
        return cls(os.getpid(), socket.gethostname(), start_token(os.getpid()) or "", time.time())

    @classmethod
    def read(cls, descriptor: int) -> Owner | None:
        """The owner that a lock file names; None if it names none."""
        try:
            found = json.loads(os.pread(descriptor, _LENGTH, 0))
            return cls(int(found["pid"]), str(found["host"]), str(found["start"]), float(found["beat"]))
        except (ValueError, KeyError, TypeError):
            return None

    def write(self, descriptor: int) -> None:
        """Name this owner in the lock file, with a fresh sign of life."""
        text = json.dumps({"pid": self.pid, "host": self.host, "start": self.start, "beat": time.time()})
        os.pwrite(descriptor, text.ljust(_LENGTH - 1).encode("ascii") + b"\n", 0)

    @property
    def on_this_host(self) -> bool:
        """Whether we can look at this owner's process."""
        return self.host == socket.gethostname()

    def same_process(self, other: Owner) -> bool:
        """Whether both name one process."""
        return (self.pid, self.host, self.start) == (other.pid, other.host, other.start)

    def may_live(self) -> bool:
        """Whether this owner, another process than ours, may still be writing."""
        if not self.on_this_host:
            return time.time() - self.beat <= STALE_SECONDS
        if self.pid == os.getpid():
            return False
        return start_token(self.pid) == self.start


def start_token(pid: int) -> str | None:
    """When the process started, as an opaque text; None if it does not live, empty if the system does not say."""
    if not Path("/proc/self/stat").exists():
        return "" if _answers(pid) else None
    try:
        status = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    # The name of the program, in brackets, may itself hold blanks and brackets.
    state, *rest = status.rpartition(")")[2].split()
    return None if state in "ZX" else f"{_boot()}:{rest[18]}"


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
