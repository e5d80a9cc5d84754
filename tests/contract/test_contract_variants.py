"""One network written in seven ways gives one map: activations in place, reused, functional, nested."""

import pytest
import torch
from contracts import EVERYTHING, close, name_of, pictures, run
from networks import CLASSES, seeded
from torch import Tensor, nn
from torch.nn import functional as F

import heatproof as hp
from heatproof.vocabulary.formula import Formula


class Variant(nn.Module):
    """conv, activation, conv, activation, mean, linear; how the activation is called is up to the subclass."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.fc = nn.Linear(8, CLASSES)
        self.first: nn.Module = nn.ReLU()
        self.second: nn.Module = nn.ReLU()

    def act1(self, h: Tensor) -> Tensor:
        return self.first(h)

    def act2(self, h: Tensor) -> Tensor:
        return self.second(h)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.act2(self.conv2(self.act1(self.conv1(x)))).mean((2, 3)))


class InPlace(Variant):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.ReLU(inplace=True), nn.ReLU(inplace=True)


class ReusedOne(Variant):
    def __init__(self) -> None:
        super().__init__()
        self.second = self.first


class WithFunctions(Variant):
    def act1(self, h: Tensor) -> Tensor:
        return F.relu(h)

    def act2(self, h: Tensor) -> Tensor:
        return h.relu()


class WithFunctionsInPlace(Variant):
    def act1(self, h: Tensor) -> Tensor:
        return torch.relu_(h)

    def act2(self, h: Tensor) -> Tensor:
        return F.relu(h, inplace=True)


class Nested(Variant):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Identity())
        self.second = nn.ModuleDict({"act": nn.ReLU(inplace=True)})

    def act2(self, h: Tensor) -> Tensor:
        return self.second["act"](h)  # type: ignore[index]


class Ignored(Variant):
    """The value of the in-place activation after the last convolution is not even looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.second = nn.ReLU(inplace=True)

    def act2(self, h: Tensor) -> Tensor:
        self.second(h)
        return h


VARIANTS = [InPlace, ReusedOne, WithFunctions, WithFunctionsInPlace, Nested, Ignored]


def _run(formula: Formula, variant: type[Variant], x: Tensor) -> Tensor:
    options = {"layer": "conv2"} if "layer" in formula.settings else {}
    return run(formula, seeded(variant), x, **options)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.__name__)
@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_every_variant_gives_the_same(formula: Formula, variant: type[Variant]) -> None:
    x = pictures(2)
    assert close(_run(formula, variant, x), _run(formula, Variant, x), 1e-6)


def _guided_by_hand(net: Variant, x: Tensor, target: int) -> Tensor:
    """Guided backpropagation restated: the backward pass written out."""
    h1 = net.conv1(x)
    h2 = net.conv2(h1.clamp_min(0))
    g = net.fc.weight[target].view(1, -1, 1, 1).expand_as(h2) / (h2.shape[2] * h2.shape[3])
    g = g.clamp_min(0) * (h2 > 0)
    g = nn.grad.conv2d_input(h1.shape, net.conv2.weight, g, padding=1)
    g = g.clamp_min(0) * (h1 > 0)
    return nn.grad.conv2d_input(x.shape, net.conv1.weight, g, padding=1)


@pytest.mark.parametrize("variant", [Variant, *VARIANTS], ids=lambda v: v.__name__)
def test_guided_backprop_is_the_backward_pass_written_out(variant: type[Variant]) -> None:
    net, x = seeded(variant), pictures(2)
    with torch.no_grad():
        want = _guided_by_hand(net, x, 3)
    torch.testing.assert_close(hp.explain(net, x, "guided_backprop", target=3, batch=4), want, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("variant", [InPlace, Ignored, Nested], ids=lambda v: v.__name__)
def test_grad_cam_at_a_layer_that_the_next_one_overwrites(variant: type[Variant]) -> None:
    net, x = seeded(variant), pictures(2)
    with torch.no_grad():
        a = net.conv2(net.conv1(x).relu())
        g = net.fc.weight[1].view(1, -1, 1, 1) * (a > 0) / 64
        want = (g.mean((2, 3), keepdim=True) * a).sum(1, keepdim=True).relu().expand_as(x)
    found = hp.explain(net, x, "grad_cam", target=1, layer="conv2", batch=4)
    torch.testing.assert_close(found, want, rtol=1e-4, atol=1e-7)
