"""Hundreds of calls leave nothing behind."""

import gc
import os
from pathlib import Path

import torch
from contracts import METHODS, METRICS, Raises, maps_of, pictures, run, suppress_the_planned
from networks import network
from torch import Tensor, nn

import heatproof as hp


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _tensors() -> int:
    gc.collect()
    return sum(issubclass(type(o), Tensor) for o in gc.get_objects())


def _once(net: nn.Module, x: Tensor) -> None:
    hp.explain(net, x, "guided_grad_cam", batch=4)
    hp.score(net, x, maps_of(x), "srg", batch=4, steps=4)


def test_two_hundred_calls_grow_by_less_than_five_megabytes() -> None:
    net, x = network("plain cnn"), pictures(1)
    for _ in range(20):
        _once(net, x)
    memory, tensors = _resident(), _tensors()
    for _ in range(100):
        _once(net, x)
    assert _tensors() <= tensors
    assert _resident() - memory < 5 * 2**20


def test_failures_leave_no_tensors_hooks_or_graphs() -> None:
    net, x = network("residual"), pictures(1)

    def fail(n: int) -> None:
        for formula in (METHODS["guided_grad_cam"], METRICS["parameter_randomization"]):
            with suppress_the_planned():
                run(formula, Raises(net, n), x)

    fail(9)
    tensors = _tensors()
    for n in range(1, 30):
        fail(n)
    assert _tensors() <= tensors
    assert not any(m._forward_hooks or m._forward_pre_hooks or m._backward_hooks for m in net.modules())
    assert torch._C._len_torch_function_stack() == 0
