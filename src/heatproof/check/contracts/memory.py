"""C14: hundreds of calls leave nothing behind."""

import gc
import os
import sys
from pathlib import Path

import torch
from torch import Tensor

from heatproof.check.broken import expect
from heatproof.check.supplies import pictures
from heatproof.check.table import check
from heatproof.check.trial import Trial
from heatproof.check.watch import HOOKS, Raises, Spy, failing, planned

CALLS = 20
GROWTH = 5 * 2**20
"""Bytes that the process may grow by meanwhile."""


def tensors() -> int:
    """How many there are in this process."""
    gc.collect()
    return sum(issubclass(type(o), Tensor) for o in gc.get_objects())


def resident() -> int:
    """Bytes of memory that the process takes; 0 where that cannot be read."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@check("C14")
def calls_in_a_loop(trial: Trial) -> None:
    net, x = trial.net(), pictures(1)
    for _ in range(3):
        trial.run(net, x)
    before, memory = tensors(), resident()
    for _ in range(CALLS):
        trial.run(net, x)
    left, grown = tensors() - before, resident() - memory
    expect(left <= 0, f"no tensors left behind by {CALLS} calls", f"{left}")
    expect(grown < GROWTH, f"less than 5 MiB of growth in {CALLS} calls", f"{grown / 2**20:.1f} MiB")


@check("C14")
def calls_that_fail(trial: Trial) -> None:
    trial, x = trial.on("residual"), pictures(1)
    net = trial.net()

    def fail(n: int) -> None:
        with planned():
            trial.run(Raises(net, n), x)

    seen: list[object] = []
    trial.run(Spy(net, seen.append), x)
    forwards = len(seen)
    seen.clear()
    fail(forwards)
    before = tensors()
    for n in failing(forwards):
        fail(n)
    fail(forwards)
    left = tensors() - before
    expect(left <= 0, "no tensors left behind by calls that fail", f"{left}")
    hooks = sum(len(getattr(m, name)) for m in net.modules() for name in HOOKS)
    expect(hooks == 0, "no hooks left behind by calls that fail", f"{hooks}")
    modes = torch._C._len_torch_function_stack()
    expect(modes == 0, "no function modes left behind", f"{modes}")
