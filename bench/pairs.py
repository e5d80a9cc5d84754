"""Two ways to do the same work, timed in turns: A B A B ..., in one process, with the same number of threads.

The figure is always a ratio of two times that were measured one after the other, so that it does not depend on what
else the machine does: its median over the rounds, with its quartiles as the spread.
"""

import contextlib
import gc
import io
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Work = Callable[[], Any]


@dataclass(frozen=True)
class Ratio:
    """How many times as fast ours is: seconds of theirs divided by seconds of ours, round by round."""

    ours: float
    """Seconds, the median of the rounds."""
    theirs: float
    ratio: float
    low: float
    """The lower quartile of the ratio; with fewer than four rounds the smallest."""
    high: float
    rounds: int

    def row(self) -> dict[str, Any]:
        return asdict(self)


def ratio_of(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """The statistics of rounds that are measured already; both sides have one time (seconds) per round."""
    if not ours or len(ours) != len(theirs):
        raise ValueError(f"as many rounds of ours as of theirs, at least one; got {len(ours)} and {len(theirs)}")
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    low, high = spread(ratios)
    middle = statistics.median
    return Ratio(middle(ours), middle(theirs), middle(ratios), low, high, len(ratios))


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The quartiles; of fewer than four values the smallest and the largest."""
    if len(values) < 4:
        return min(values), max(values)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def alternate(
    ours: Work, theirs: Work, *, seconds: float = 12.0, rounds: int = 9, clock: Callable[[], float] = time.perf_counter
) -> Ratio:
    """Time both in turns until `rounds` are done or the time is up; never fewer than one round.

    The first call of each is a warm-up that does not count, unless one round alone takes the time that there is.
    """
    began = clock()
    first = timed(ours, clock), timed(theirs, clock)
    if sum(first) >= seconds:
        return ratio_of([first[0]], [first[1]])
    a, b = [], []
    while len(a) < rounds and (not a or clock() - began + sum(first) / 2 < seconds):
        a.append(timed(ours, clock))
        b.append(timed(theirs, clock))
    return ratio_of(a, b)


def timed(work: Work, clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds of one call, with the rubbish of earlier calls collected before."""
    gc.collect()
    began = clock()
    work()
    return clock() - began


def why(cause: BaseException) -> str:
    """One line that says what failed."""
    text = " ".join(str(cause).split())
    return f"failed: {type(cause).__name__}: {text[:140]}"


def attempt(label: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A row; where a side fails, the row says why and the others go on."""
    print(f"  {label} ...", flush=True)
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # progress bars
            row = {"label": label} | work()
    except Exception as cause:
        row = {"label": label, "failed": why(cause)}
    print("    " + told(row), flush=True)
    return row


def told(row: dict[str, Any]) -> str:
    """One row for the terminal."""
    if "failed" in row:
        return str(row["failed"])
    if "ratio" not in row:
        return ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items() if k != "label")
    times = f"{row['ours']:.3f} s against {row['theirs']:.3f} s"
    text = f"{row['ratio']:.2f}x ({row['low']:.2f} to {row['high']:.2f}, {row['rounds']} rounds): {times}"
    return text + (f", values differ by {row['differ']:.1e}" if row.get("differ") is not None else "")
