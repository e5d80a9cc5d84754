"""Nothing of the caller changes: model, tensors, hooks, flags, generators; also when a forward fails."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
import torch
from contracts import (
    EVERYTHING,
    METHODS,
    Raises,
    maps_of,
    name_of,
    pictures,
    run,
    run_or_refusal,
    same,
    state_of,
    suppress_the_planned,
    world,
)
from networks import FAMILIES, network
from torch import Tensor, nn

import heatproof as hp
from heatproof.vocabulary.formula import Formula


def used_network(family: str = "residual") -> nn.Module:
    """A network in the middle of its life: training, partly frozen, with gradients, and hooks of its owner."""
    net = network(family)
    tensors = [*net.parameters()]
    tensors[0].requires_grad_(False)
    for p in tensors[1:3]:
        p.grad = torch.full_like(p, 0.5)
    children = [m for m in net.modules() if m is not net]
    children[-1].eval()
    children[0].register_forward_hook(lambda *_: None)
    children[-1].register_full_backward_hook(lambda *_: None)
    return net


@pytest.fixture
def unchanged() -> Iterator[Callable[..., None]]:
    """Call it with a network and tensors: after the test all of them, and the world, are as they were."""
    kept: list[tuple[Any, Any, Any]] = []

    def keep(net: nn.Module, *tensors: Tensor) -> None:
        kept.append((net, state_of(net), [(t, t.detach().clone(), t.stride(), t.requires_grad) for t in tensors]))

    before = world()
    yield keep
    assert world() == before
    for net, state, tensors in kept:
        now = state_of(net)
        for part, was in state.items():
            assert now[part] == was, f"{part} of the network changed"
        for t, content, stride, flag in tensors:
            assert torch.equal(t, content), "a tensor of the caller was written to"
            assert (t.stride(), t.requires_grad, t.grad) == (stride, flag, None)


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_everything_is_as_before(formula: Formula, unchanged: Callable[..., None]) -> None:
    net, x = used_network(), pictures(2).requires_grad_()
    phi = maps_of(x.detach())
    unchanged(net, x, phi)
    run(formula, net, x, maps=phi)


@pytest.mark.parametrize("family", FAMILIES)
def test_everything_is_as_before_in_every_family(family: str, unchanged: Callable[..., None]) -> None:
    net, x = used_network(family), pictures(2)
    phi = maps_of(x)
    unchanged(net, x, phi)
    for name in ("guided_grad_cam", "smoothgrad"):
        run_or_refusal(METHODS[name], net, x)
    hp.score(net, x, phi, "parameter_randomization", method="gradient", stages=2, batch=8)


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_everything_is_as_before_after_a_failure_at_every_forward_in_turn(
    formula: Formula, unchanged: Callable[..., None]
) -> None:
    inner, x = used_network(), pictures(1)
    phi = maps_of(x)
    for n in count(1):
        net = Raises(inner, n)
        unchanged(net, x, phi)
        with suppress_the_planned():
            run(formula, net, x, maps=phi, batch=64)
        if not net.fired:
            break
    assert n > 5, "the network was hardly asked"


@pytest.mark.parametrize("method", ["guided_grad_cam", "integrated_gradients"])
def test_everything_is_as_before_after_a_failure_in_every_layer_in_turn(
    method: str, unchanged: Callable[..., None]
) -> None:
    net, x = used_network(), pictures(1)

    def fail(*_: Any) -> None:
        raise ValueError("the layer that fails")

    unchanged(net, x)
    for layer in [m for m in net.modules() if not [*m.children()]]:
        handle = layer.register_forward_pre_hook(fail)
        with pytest.raises(Exception, match="the layer that fails"):
            run(METHODS[method], net, x)
        handle.remove()


AROUND = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
}


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_the_mode_of_the_caller_does_not_matter(formula: Formula, around: str, unchanged: Callable[..., None]) -> None:
    net, x = used_network(), pictures(1)
    unchanged(net, x)
    want = run(formula, net, x)
    with AROUND[around]():
        before = world()
        found = run(formula, net, x)
        assert world() == before
        made_there = x + 0.0
    assert same(found, want)
    if around == "inference_mode":
        assert same(run(formula, net, made_there), want)


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_the_default_dtype_of_the_caller_does_not_matter(formula: Formula) -> None:
    net, x = network("residual"), pictures(1)
    want = run(formula, net, x)
    torch.set_default_dtype(torch.float64)
    try:
        assert same(run(formula, net, x), want)
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_training_mode_is_evaluation_mode_and_statistics_stay(formula: Formula, unchanged: Callable[..., None]) -> None:
    training, evaluation, x = network("residual"), network("residual").eval(), pictures(2)
    unchanged(training)
    assert training.training
    assert same(run(formula, training, x), run(formula, evaluation, x))


def test_a_network_that_writes_into_its_input_answers_like_the_pure_one() -> None:
    careless, x = network("edits its input"), pictures(2)
    pure = network("plain cnn")
    pure.load_state_dict(careless.state_dict())

    class Pure(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = pure

        def forward(self, z: Tensor) -> Tensor:
            return self.net((z - 0.5) * 2)

    for name in ("gradient", "smoothgrad", "occlusion"):
        assert same(run(METHODS[name], careless, x), run(METHODS[name], Pure(), x))
