"""Captum's DeepLIFT, its SHAP and deconvolution in float64; where they differ from ours, a test says who is right."""

import pytest
import torch
from captum import attr
from small_cases import close
from torch import nn
from torch.nn import functional

import heatproof as hp

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # captum warns of its hooks and of gradients it turns on
TARGETS = torch.tensor([3, 1])


class CNN(nn.Module):
    """conv, activation, pool, conv, activation, linear, and whatever stands at the end."""

    def __init__(self, activation=nn.ReLU, pool=nn.AvgPool2d, end=nn.Identity):
        super().__init__()
        self.conv1, self.act1, self.pool = nn.Conv2d(3, 6, 3, padding=1), activation(), pool(2)
        self.conv2, self.act2 = nn.Conv2d(6, 8, 3), activation()
        self.fc, self.end = nn.Linear(8 * 3 * 2, 5), end()

    def forward(self, x):
        x = self.pool(self.act1(self.conv1(x)))
        return self.end(self.fc(self.act2(self.conv2(x)).flatten(1)))


class Functional(CNN):
    def forward(self, x):
        x = self.pool(functional.relu(self.conv1(x)))
        return self.fc(functional.relu(self.conv2(x)).flatten(1))


class Reused(CNN):
    def forward(self, x):
        x = self.pool(self.act1(self.conv1(x)))
        return self.fc(self.act1(self.conv2(x)).flatten(1))


def weighted(model):
    generator = torch.Generator().manual_seed(11)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=torch.float64) / p[0].numel() ** 0.5
    return model.double().eval()


@pytest.fixture
def x():
    return torch.rand(2, 3, 10, 9, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


@pytest.fixture
def b():
    return torch.rand(3, 10, 9, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def ours(model, x, b, method="deeplift", **settings):
    return hp.explain(model, x, method, target=TARGETS, baseline=b, **settings)


def theirs(model, x, b):
    return attr.DeepLift(model).attribute(x, b.expand_as(x) if isinstance(b, torch.Tensor) else b, TARGETS).detach()


def change(model, x, b):
    with torch.no_grad():
        return (model(x) - model(b.expand_as(x)))[[0, 1], TARGETS]


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Sigmoid, nn.Tanh, nn.ELU, nn.LeakyReLU, nn.Softplus])
def test_deeplift_where_captums_is_complete(activation, x, b):
    model = weighted(CNN(activation))
    close(ours(model, x, b), theirs(model, x, b), 1e-7)
    close(ours(model, x, 0.0), theirs(model, x, 0.0), 1e-7)


def test_deeplift_of_max_pooling_from_a_constant(x):
    model = weighted(CNN(pool=nn.MaxPool2d))
    close(ours(model, x, 0.0), theirs(model, x, 0.0), 1e-7)


def test_deeplift_shap(x, b):
    model = weighted(CNN())
    several = torch.stack([b, b.flip(1), b * b, b / 2])
    expected = attr.DeepLiftShap(model).attribute(x, several, TARGETS).detach()
    close(hp.explain(model, x, "deepshap", target=TARGETS, reference=several), expected, 1e-7)


@pytest.mark.parametrize("pool", [nn.AvgPool2d, nn.MaxPool2d])
def test_deconvnet(pool, x):
    model = weighted(CNN(pool=pool))
    close(hp.explain(model, x, "deconvnet", target=TARGETS), attr.Deconvolution(model).attribute(x, TARGETS))


INCOMPLETE = {
    "relu, max pool": CNN(pool=nn.MaxPool2d),
    "gelu": CNN(nn.GELU),
    "silu": CNN(nn.SiLU),
    "hardswish": CNN(nn.Hardswish),
    "softmax": CNN(end=lambda: nn.Softmax(1)),
    "functional relu": Functional(),
}


@pytest.mark.parametrize("kind", INCOMPLETE)
def test_captums_deeplift_does_not_add_up_and_does_not_say_so(kind, x, b):
    """We are right: the map of a complete method sums to f(x) - f(b)."""
    model = weighted(INCOMPLETE[kind])
    expected = change(model, x, b)
    close(ours(model, x, b).sum((1, 2, 3)), expected)
    wrong = (theirs(model, x, b).sum((1, 2, 3)) - expected).abs() / expected.abs()
    assert float(wrong.max()) > 0.01


def test_captums_deeplift_fails_where_a_module_is_called_twice(x, b):
    """We are right: the same network with two modules has the same map."""
    reused, apart = weighted(Reused()), weighted(CNN())
    assert torch.equal(ours(reused, x, b), ours(apart, x, b))
    with pytest.raises(RuntimeError):
        theirs(reused, x, b)


def test_captums_deconvolution_does_not_see_functional_relus(x):
    """We are right: how a ReLU is written changes nothing. Captum silently returns the plain gradient."""
    functional_relus, modules = weighted(Functional()), weighted(CNN())
    ours_of_both = [hp.explain(m, x, "deconvnet", target=TARGETS) for m in (functional_relus, modules)]
    assert torch.equal(*ours_of_both)
    found = attr.Deconvolution(functional_relus).attribute(x, TARGETS)
    close(found, hp.explain(modules, x, "gradient", target=TARGETS))
    assert float((found - ours_of_both[1]).abs().max()) > 0.01
