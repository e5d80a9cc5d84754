"""The attack stays where it may, finds larger losses, and leaves the network alone."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from heatproof.data.mnist5k import mnist5k
from heatproof.models.load import load_model
from heatproof.train.accuracy import accuracy, robust_accuracy
from heatproof.train.attack import Attack, attacked, inside

DATA = mnist5k(40)
CASES = [
    Attack(norm, epsilon, steps=4, step=step, random_start=start, use_best=best)
    for norm, epsilon, step in (("l2", 1.5, None), ("l2", 4.0, 3.0), ("linf", 0.1, None), ("linf", 0.3, 0.5))
    for start in (False, True)
    for best in (False, True)
]


@pytest.fixture(scope="module")
def net():
    return load_model("digits-cnn").module


def random() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def distance(x, z, norm):
    shift = (z - x).flatten(1)
    return shift.norm(dim=1) if norm == "l2" else shift.abs().max(1).values


@pytest.mark.parametrize("attack", CASES)
def test_it_stays_in_the_ball_and_in_the_range_and_raises_the_loss(net, attack):
    z = attacked(net, DATA.images, DATA.labels, attack, random())
    assert float(distance(DATA.images, z, attack.norm).max()) <= attack.epsilon + 1e-6
    assert 0 <= float(z.min()) <= float(z.max()) <= 1
    with torch.no_grad():
        before, after = (cross_entropy(net(x), DATA.labels, reduction="none") for x in (DATA.images, z))
    assert float(after.mean()) > 3 * float(before.mean())
    if attack.use_best and not attack.random_start:
        assert (after >= before - 1e-6).all()


def test_the_best_is_at_least_the_start_even_where_steps_are_far_too_long(net):
    attack = Attack("linf", 0.3, steps=3, step=30.0)
    z = attacked(net, DATA.images, DATA.labels, attack)
    last = attacked(net, DATA.images, DATA.labels, Attack("linf", 0.3, steps=3, step=30.0, use_best=False))
    with torch.no_grad():
        best, end = (cross_entropy(net(x), DATA.labels, reduction="none") for x in (z, last))
    assert (best >= end - 1e-5).all()


def test_on_a_linear_model_one_long_step_is_the_worst_case_exactly():
    """For f = (w.x, 0) and label 0 the worst place is x - epsilon w / |w|, or x - epsilon sign(w)."""
    linear = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    w = torch.tensor([3.0, -1.0, 2.0, 0.5])
    linear[1].weight.data = torch.stack([w, torch.zeros(4)])
    x = torch.full((1, 1, 2, 2), 0.5)
    for norm, best in (("l2", -0.2 * w / w.norm()), ("linf", -0.2 * w.sign())):
        z = attacked(linear, x, torch.tensor([0]), Attack(norm, 0.2, steps=3, step=1.0))
        assert torch.allclose((z - x).flatten(), best, atol=1e-5), norm


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_the_projection_is_the_nearest_place_that_is_allowed(norm):
    """Slowly: cut(s * shift) with s found by bisection; and no allowed place tried is nearer."""
    drawn = torch.Generator().manual_seed(1)
    x = torch.rand(200, 1, 3, 3, generator=drawn).round(decimals=1)
    shift = torch.randn(200, 1, 3, 3, generator=drawn) * torch.rand(200, 1, 1, 1, generator=drawn) * 3
    attack = Attack(norm, 0.8)
    found = inside(x, shift, attack)
    assert float(distance(x, x + found, norm).max()) <= 0.8 + 1e-6
    assert -1e-6 <= float((x + found).min()) <= float((x + found).max()) <= 1 + 1e-6
    if norm == "l2":
        low, high = torch.zeros(200, 1, 1, 1), torch.ones(200, 1, 1, 1)
        for _ in range(50):
            s = (low + high) / 2
            long = (((x + s * shift).clamp(0, 1) - x).flatten(1).norm(dim=1) > 0.8).view(-1, 1, 1, 1)
            low, high = torch.where(long, low, s), torch.where(long, s, high)
        assert torch.allclose(found, (x + low * shift).clamp(0, 1) - x, atol=2e-5)
    near = (found - shift).flatten(1).norm(dim=1)
    for _ in range(50):
        other = inside(x, found + 0.1 * torch.randn(found.shape, generator=drawn), attack)
        assert ((other - shift).flatten(1).norm(dim=1) >= near - 1e-5).all()


def test_the_default_step_and_the_mode_of_the_network_and_its_gradients():
    attack = Attack("l2", 2.0, steps=5)
    assert attack.length == pytest.approx(1.0)
    net = load_model("digits-mlp").module.train()
    attacked(net, DATA.images, DATA.labels, attack)
    assert net.training
    assert all(p.grad is None for p in net.parameters())


def test_a_random_start_follows_its_generator(net):
    attack = Attack("l2", 1.0, steps=1, random_start=True)
    a, b = (attacked(net, DATA.images, DATA.labels, attack, random()) for _ in range(2))
    assert torch.equal(a, b)
    c = attacked(net, DATA.images, DATA.labels, attack, torch.Generator().manual_seed(4))
    assert not torch.equal(a, c)


def test_robust_accuracy_falls_with_the_radius(net):
    rights = [robust_accuracy(net, DATA, Attack("l2", epsilon, steps=5)) for epsilon in (0.01, 1.0, 3.0)]
    assert accuracy(net, DATA) == rights[0] > rights[1] > rights[2]
