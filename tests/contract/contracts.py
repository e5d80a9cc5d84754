"""What the contract tests share: everything that is registered, small settings for it, and one way to run it."""

import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

import heatproof as hp
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.registry import formulas

METHODS = formulas("method")
METRICS = formulas("metric")
EVERYTHING = [*METHODS.values(), *METRICS.values()]
REFUSALS = {"HP213", "HP214"}


def name_of(formula: Formula) -> str:
    """For the names of tests."""
    return f"{formula.kind}:{formula.name}"


def small(formula: Formula) -> dict[str, Any]:
    """Settings with little work: whole numbers that count something are cut down, within their range."""
    found = {}
    for name, setting in formula.settings.items():
        low = int(setting.about.low) if setting.about and setting.about.low > 0 else 0
        if type(setting.default) is int and setting.default > 3:
            found[name] = max(low, 9 if setting.default >= 20 else 3)
    return found


def pictures(n: int = 4, channels: int = 3, side: int = 8, seed: int = 1) -> Tensor:
    """Images in [0, 1], the same at every call; the first k of n are the k alone."""
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.rand(channels, side, side, generator=generator) for _ in range(n)])


def maps_of(x: Tensor) -> Tensor:
    """A map of every image that depends on that image only."""
    return (x * 37).sin() + x - 0.4


def run(formula: Formula, net: nn.Module, x: Tensor, *, maps: Tensor | None = None, **options: Any) -> Tensor:
    """Maps of a method, or values of a metric for the given maps; few samples, micro-batches of 8."""
    settings = {"batch": 8, **small(formula), **options}
    if formula.kind == "method":
        return hp.explain(net, x, formula.name, **settings)
    settings.setdefault("method", "gradient")
    return hp.score(net, x, maps_of(x) if maps is None else maps, formula.name, **settings)


def run_or_refusal(formula: Formula, net: nn.Module, x: Tensor, **options: Any) -> Tensor | str:
    """What it answers, or the code of the refusal; every other error is an error of the test."""
    try:
        return run(formula, net, x, **options)
    except HeatproofError as error:
        if error.code not in REFUSALS:
            raise
        return error.code


def same(a: Tensor, b: Tensor) -> bool:
    """Equal to the bit; undefined values are equal to each other."""
    return torch.equal(a.nan_to_num(nan=12345.0), b.nan_to_num(nan=12345.0)) and a.dtype == b.dtype


def close(a: Tensor, b: Tensor, tolerance: float) -> bool:
    """Within a tolerance relative to the largest value (at least 0.1: scores are of order 1), undefined alike."""
    if not torch.equal(a.isnan(), b.isnan()):
        return False
    a, b = a.double().nan_to_num(), b.double().nan_to_num()
    return float((a - b).abs().max()) <= tolerance * max(float(a.abs().max()), 0.1)


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
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return {
        "tensors": {n: _seen(t) for n, t in tensors},
        "training": [m.training for m in net.modules()],
        "hooks": [[*getattr(m, h)] for m in net.modules() for h in hooks],
        "attributes": [sorted(vars(m)) for m in net.modules()],
        "forwards": [vars(m).get("forward") for m in net.modules()],
    }


def world() -> dict[str, Any]:
    """Everything global that a formula could change by accident."""
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "numpy": repr(np.random.get_state()),
        "python": random.getstate(),
        "dtype": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "autocast": torch.is_autocast_enabled("cpu"),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "modes": torch._C._len_torch_function_stack(),
        "filters": list(warnings.filters),
    }


class Raises(nn.Module):
    """The network, whose n-th forward fails; `fired` tells whether it came to that."""

    def __init__(self, net: nn.Module, n: int) -> None:
        super().__init__()
        self.net, self.left, self.fired = net, n, False

    def forward(self, x: Tensor) -> Any:
        self.left -= 1
        if self.left == 0:
            self.fired = True
            raise ValueError("the forward that fails")
        return self.net(x)


class Spy(nn.Module):
    """The network; every batch that it sees is handed to `look`."""

    def __init__(self, net: nn.Module, look: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.net, self.look = net, look

    def forward(self, x: Tensor) -> Any:
        self.look(x.detach().clone())
        return self.net(x)


@contextmanager
def suppress_the_planned() -> Iterator[None]:
    """Around a run of a network that `Raises`: its own failure is expected, whoever passes it on."""
    try:
        yield
    except Exception as error:
        if "the forward that fails" not in str(error):
            raise
