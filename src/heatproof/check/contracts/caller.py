"""C4, C6: nothing of the caller changes, whatever happens."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.asking import asking, job
from heatproof.check.broken import expect_same
from heatproof.check.supplies import maps_of, pictures
from heatproof.check.table import check
from heatproof.check.trial import Trial
from heatproof.check.watch import PlannedError, Raises, Spy, failing, planned, unchanged, used
from heatproof.study.session import Session
from heatproof.vocabulary.registry import formula


@check("C4", everywhere=True)
def everything_is_as_before(trial: Trial) -> None:
    net, x = used(trial.net()), trial.images[:2].clone().requires_grad_()
    phi = maps_of(x.detach())
    with unchanged(net, x, phi):
        found = trial.run(net, x, maps=phi)
    expect_same(found, trial.found[:2], "a used network, with hooks and gradients, to be answered like a new one")


@check("C4")
def after_a_failure_at_every_forward_in_turn(trial: Trial) -> None:
    trial, x = trial.on("residual"), pictures(1)
    seen: list[object] = []
    trial.run(Spy(trial.net(), seen.append), x, batch=64)
    inner, phi = used(trial.net()), maps_of(x)
    for n in failing(len(seen)):
        net = Raises(inner, n)
        with unchanged(net, x, phi), planned():
            trial.run(net, x, maps=phi, batch=64)


@check("C4")
def after_a_failure_in_every_layer_in_turn(trial: Trial) -> None:
    trial, x = trial.on("residual"), pictures(1)
    net = used(trial.net())
    for layer in [m for m in net.modules() if not [*m.children()]]:
        calls = Counting()
        handle = layer.register_forward_pre_hook(calls)
        trial.run(net, x)
        calls.left, calls.failing = calls.count, True
        with unchanged(net, x), planned():
            trial.run(net, x)
        handle.remove()


class Counting:
    """A hook that counts the calls of a layer, and fails at the last of them the second time."""

    def __init__(self) -> None:
        self.count, self.left, self.failing = 0, 0, False

    def __call__(self, *_: Any) -> None:
        self.count += 1
        self.left -= 1
        if self.failing and self.left == 0:
            raise PlannedError("the forward that fails")


@check("C4")
def edits_are_taken_back(trial: Trial) -> None:
    x, plain = trial.images[0], replace(trial, formula=formula("method", "gradient"), settings={})
    with asking(trial) as ready:
        before, _, after = (_asked(one, ready, x) for one in (plain, trial, plain))
    expect_same(after, before, "the model to answer as it did before the formula edited it")


def _asked(trial: Trial, ready: Session, x: Tensor) -> Any:
    (outcome,) = ready.executor(ready.evaluator(), tuple(x.shape)).run([job(trial, ready, x, 1)])
    return outcome.value


class Draws(nn.Module):
    """The network behind a dropout that is always on."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Any:
        return self.net(nn.functional.dropout(x, 0.1, training=True))


@check("C4")
def a_model_that_draws_random_numbers(trial: Trial) -> None:
    net, x = Draws(trial.net()), pictures(1)
    with unchanged(net, x):
        trial.run(net, x)


AROUND: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
}


@check("C4")
def the_mode_of_the_caller(trial: Trial) -> None:
    trial, x = trial.on("residual"), pictures(1)
    net = used(trial.net())
    want = trial.run(net, x)
    for name, around in AROUND.items():
        with unchanged(net, x), around():
            with unchanged(net, x):
                found = trial.run(net, x)
            made_there = x + 0.0
        expect_same(found, want, f"torch.{name} around the call not to matter")
        if name == "inference_mode":
            expect_same(trial.run(net, made_there), want, "images made in inference mode to be images")


@check("C4")
def the_default_type_of_the_caller(trial: Trial) -> None:
    trial, x = trial.on("residual"), pictures(1)
    net = trial.net()
    want, before = trial.run(net, x), torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with unchanged(net, x):
            found = trial.run(net, x)
    finally:
        torch.set_default_dtype(before)
    expect_same(found, want, "torch.set_default_dtype not to matter")


@check("C6", everywhere=True)
def training_mode(trial: Trial) -> None:
    evaluation, x = trial.net().eval(), trial.images[:2]
    with unchanged(evaluation, x):
        found = trial.run(evaluation, x)
    expect_same(found, trial.found[:2], "a model in training mode to be answered for like one in evaluation mode")
