"""What a caller could notice: the state of a module, the state of the world, and networks that watch or fail."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from heatproof.check.broken import expect, same

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
FORWARDS = 24
"""Forwards that are made to fail in turn, where there are more of them."""


def failing(forwards: int) -> range:
    """Which of so many forwards are made to fail, from the last: a formula's own come after those of the pre-flight."""
    return range(forwards, 0, -max(1, -(-forwards // FORWARDS)))


class Layer(NamedTuple):
    """What a caller can see of one parameter or buffer."""

    content: bytes
    place: int
    requires_grad: bool
    grad: bytes | None
    identity: int


def _seen(t: Tensor) -> Layer:
    grad = None if t.grad is None else t.grad.detach().numpy().tobytes()
    return Layer(t.detach().numpy().tobytes(), t.data_ptr(), t.requires_grad, grad, id(t))


def state_of(net: nn.Module) -> dict[str, Any]:
    """Everything about a module that its owner could notice."""
    tensors = [*net.named_parameters(), *net.named_buffers()]
    return {
        "weights, gradients or buffers": {n: _seen(t) for n, t in tensors},
        "training mode": [m.training for m in net.modules()],
        "hooks": [[*getattr(m, h)] for m in net.modules() for h in HOOKS],
        "attributes": [sorted(vars(m)) for m in net.modules()],
        "forward functions": [vars(m).get("forward") for m in net.modules()],
    }


def world() -> dict[str, Any]:
    """Everything global that a formula could change by accident."""
    drawing = sys.modules.get("matplotlib")
    return {
        "torch's random state": torch.get_rng_state().numpy().tobytes(),
        "numpy's random state": repr(np.random.get_state()),
        "Python's random state": random.getstate(),
        "default type": torch.get_default_dtype(),
        "number of threads": torch.get_num_threads(),
        "gradient mode": torch.is_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "autocast": torch.is_autocast_enabled("cpu"),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "cuDNN flags": (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
        "function modes": torch._C._len_torch_function_stack(),
        "warning filters": list(warnings.filters),
        "matplotlib settings": repr(dict(dict.items(drawing.rcParams))) if drawing else "",
    }


@contextmanager
def unchanged(net: nn.Module, *tensors: Tensor) -> Iterator[None]:
    """After the block the network, the tensors and the world are as they were; Broken names what is not."""
    before, state = world(), state_of(net)
    kept = [(t, t.detach().clone(), t.stride(), t.requires_grad) for t in tensors]
    yield
    _compare(before, world(), "the caller's {} to stay as it was")
    _compare(state, state_of(net), "the model's {} to stay as they were")
    for t, content, stride, flag in kept:
        expect(same(t.detach(), content), "tensors of the caller to be left alone", "one was written to")
        as_before = (t.stride(), t.requires_grad, t.grad) == (stride, flag, None)
        expect(as_before, "tensors of the caller to keep their flags and layout", f"requires_grad={t.requires_grad}")


def _compare(before: dict[str, Any], after: dict[str, Any], expected: str) -> None:
    for part, was in before.items():
        expect(after[part] == was, expected.format(part), "a change")


def used(net: nn.Module) -> nn.Module:
    """A network in the middle of its life: training, partly frozen, with gradients, and hooks of its owner."""
    tensors = [*net.parameters()]
    tensors[0].requires_grad_(False)
    for p in tensors[1:3]:
        p.grad = torch.full_like(p, 0.5)
    children = [m for m in net.modules() if m is not net]
    children[-1].eval()
    children[0].register_forward_hook(lambda *_: None)
    children[-1].register_full_backward_hook(lambda *_: None)
    return net


class PlannedError(Exception):
    """A failure that is part of a check."""


class Raises(nn.Module):
    """The network, whose n-th forward fails; `fired` tells whether it came to that."""

    def __init__(self, net: nn.Module, n: int) -> None:
        super().__init__()
        self.net, self.left, self.fired = net, n, False

    def forward(self, x: Tensor) -> Any:
        self.left -= 1
        if self.left == 0:
            self.fired = True
            raise PlannedError("the forward that fails")
        return self.net(x)


class Spy(nn.Module):
    """The network; every batch that it sees is handed to `look`."""

    def __init__(self, net: nn.Module, look: Callable[[Tensor], object]) -> None:
        super().__init__()
        self.net, self.look = net, look

    def forward(self, x: Tensor) -> Any:
        self.look(x.detach().clone())
        return self.net(x)


@contextmanager
def planned() -> Iterator[None]:
    """Around a run that is made to fail: the planned failure is expected, whoever passes it on."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, PlannedError) and "the forward that fails" not in str(error):
            raise
