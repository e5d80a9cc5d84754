"""DeepLIFT and DeepSHAP against multipliers by loops over units, and DeconvNet against a backward pass by hand."""

import math

import pytest
import torch
from restated_rescale import multipliers
from small_cases import TWENTY, case, close
from torch import nn

import heatproof as hp

ACTIVATIONS = [nn.Sigmoid, nn.Tanh, nn.GELU, nn.SiLU, nn.Hardswish, nn.ReLU6, nn.ELU, nn.Softplus]


def activated(model, activation):
    """The same network with another activation."""
    return nn.Sequential(*(activation() if isinstance(m, nn.ReLU) else m for m in model))


@TWENTY
def test_deeplift(number):
    c = case(number)
    b = [torch.zeros_like(c.x), torch.full_like(c.x, 0.3), c.phi][number % 3]
    m = multipliers(c.model, c.x, b, c.target)
    close(hp.explain(c.model, c.images, "deeplift", target=c.target, baseline=b)[0], (c.x - b) * m)
    found = hp.explain(c.model, c.images, "deeplift", target=c.target, baseline=b, multiply_by_inputs=False)[0]
    close(found, m)


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.__name__)
def test_deeplift_of_other_activations(number, activation):
    c = case(number)
    model = activated(c.model, activation)
    m = multipliers(model, c.x, c.phi, c.target)
    close(hp.explain(model, c.images, "deeplift", target=c.target, baseline=c.phi)[0], (c.x - c.phi) * m)


@TWENTY
def test_deeplift_of_probabilities(number):
    c = case(number)
    with_softmax = nn.Sequential(*c.model, nn.Softmax(1))
    expected = (c.x - 0.2) * multipliers(with_softmax, c.x, torch.full_like(c.x, 0.2), c.target)
    for model, link in ((c.model, "probability"), (with_softmax, "logit"), (with_softmax, "probability")):
        close(hp.explain(model, c.images, "deeplift", target=c.target, baseline=0.2, link=link)[0], expected)


@TWENTY
def test_deepshap(number):
    c, n = case(number), 3 + number % 3
    several = torch.stack([c.phi, c.x * 0.5, c.x.flip(1), c.phi - c.x, torch.zeros_like(c.x), c.phi * c.x])[:n]
    expected = sum((c.x - r) * multipliers(c.model, c.x, r, c.target) for r in several) / n
    found = hp.explain(c.model, c.images, "deepshap", target=c.target, reference=several, batch=2 + number % 4)[0]
    close(found, expected)
    change = c.model(c.images)[0, c.target] - c.model(several.clone())[:, c.target].mean()
    close(found.sum(), change.detach())


def test_deepshap_of_fewer_images_takes_each_at_most_once():
    c = case(1)
    several = torch.stack([c.x * 0.1 * k for k in range(7)])
    each = [(c.x - r) * multipliers(c.model, c.x, r, c.target) for r in several]
    whole = hp.explain(c.model, c.images, "deepshap", target=c.target, reference=several, n=100)[0]
    close(whole, sum(each) / 7)
    means = {
        k: hp.explain(c.model, c.images, "deepshap", target=c.target, reference=several, n=k)[0] for k in range(1, 8)
    }
    left = list(range(7))
    for k, mean in means.items():
        new = mean * k - (means[k - 1] * (k - 1) if k > 1 else 0)
        (which,) = [i for i in left if torch.allclose(each[i], new, atol=1e-9)]
        left.remove(which)
    others = {
        float(hp.explain(c.model, c.images, "deepshap", target=c.target, reference=several, n=1, seed=s).sum())
        for s in range(9)
    }
    assert len(others) > 2, "the seed decides which images come first"


def passes(model, x):
    z, kept = x[None], []
    for layer in model:
        kept.append((layer, z))
        z = layer(z.clone())
    return kept, z


@TWENTY
def test_deconvnet(number):
    c = case(number)
    steps, out = passes(c.model, c.x)
    g = torch.zeros_like(out)
    g[0, c.target] = 1
    for layer, before in reversed(steps):
        if isinstance(layer, nn.ReLU):
            g = torch.where(g > 0, g, torch.zeros_like(g))
        else:
            inputs = before.detach().requires_grad_()
            (g,) = torch.autograd.grad(layer(inputs), inputs, g)
    close(hp.explain(c.model, c.images, "deconvnet", target=c.target)[0], g[0])


def test_deconvnet_is_not_guided_backpropagation():
    c = case(0)
    deconv, guided = (hp.explain(c.model, c.images, m, target=c.target) for m in ("deconvnet", "guided_backprop"))
    assert float((deconv - guided).abs().max()) > 0.01


@torch.no_grad()
def without_gradient(z):
    return z.relu()


@pytest.mark.parametrize("method", ["deeplift", "deconvnet", "guided_backprop", "deepshap"])
@pytest.mark.parametrize(
    "write",
    [
        "functional",
        "method",
        "in place",
        "reused",
        "name in place",
        "keyword",
        "value not looked at",
        "after one without a gradient",
    ],
)
def test_however_the_relu_is_written(method, write):
    plain = case(1)
    relus = {
        "functional": nn.functional.relu,
        "method": lambda z: z.relu(),
        "in place": lambda z: z.relu_(),
        "name in place": lambda z: nn.functional.relu(z, inplace=True),
        "keyword": lambda z: torch.relu(input=z),
        "value not looked at": lambda z: (z.relu_(), z)[1],
        "after one without a gradient": lambda z: without_gradient(z) * 0 + z.relu(),
    }

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.relu = plain.model, nn.ReLU()

        def forward(self, z):
            act = relus.get(write, self.relu)
            for layer in self.layers:
                z = act(z) if isinstance(layer, nn.ReLU) else layer(z)
            return z

    more = {"reference": torch.stack([plain.phi, plain.x / 2])} if method == "deepshap" else {}
    found, expected = (
        hp.explain(net, plain.images, method, target=plain.target, **more) for net in (Net(), plain.model)
    )
    assert torch.equal(found, expected)


def test_close_to_the_reference_the_multipliers_are_the_gradient():
    c = case(2)
    model = activated(c.model, nn.GELU)
    near = c.x + 1e-9 * c.phi
    m = hp.explain(model, c.images, "deeplift", target=c.target, baseline=near, multiply_by_inputs=False)
    close(m, hp.explain(model, c.images, "gradient", target=c.target), 1e-6)
    at = hp.explain(model, c.images, "deeplift", target=c.target, baseline=c.x, multiply_by_inputs=False)
    close(at, hp.explain(model, c.images, "gradient", target=c.target), 1e-9)
    assert not hp.explain(model, c.images, "deeplift", target=c.target, baseline=c.x).any()


def test_float32_is_close_to_float64_also_where_image_and_reference_almost_agree():
    c = case(2)
    model, b = activated(c.model, nn.Sigmoid), c.x + 1e-5 * c.phi
    settings = {"target": c.target, "multiply_by_inputs": False}
    exact = hp.explain(model, c.images, "deeplift", baseline=b, **settings)
    coarse = hp.explain(model.float(), c.images.float(), "deeplift", baseline=b.float(), **settings)
    close(coarse, exact, 1e-5)


def test_without_biases_and_from_zero_it_is_input_times_gradient():
    c = case(3)
    for m in c.model:
        if getattr(m, "bias", None) is not None:
            nn.init.zeros_(m.bias)
    expected = hp.explain(c.model, c.images, "input_x_gradient", target=c.target)
    close(hp.explain(c.model, c.images, "deeplift", target=c.target), expected)


def test_a_product_is_shared_as_shapley_shares_it():
    class Product(nn.Module):
        def forward(self, z):
            a, b = z[:, 0, 0, 0], z[:, 0, 0, 1]
            return torch.stack([a * b, a / b], 1)

    x, r = torch.tensor([[[[3.0, 5.0]]]]).double(), torch.tensor([[[[1.0, 2.0]]]]).double()
    found = hp.explain(Product(), x, "deeplift", target=0, baseline=r[0])[0, 0, 0]
    of_a = ((3 * 2 - 1 * 2) + (3 * 5 - 1 * 5)) / 2
    of_b = ((1 * 5 - 1 * 2) + (3 * 5 - 3 * 2)) / 2
    assert found.tolist() == pytest.approx([of_a, of_b])
    found = hp.explain(Product(), x, "deeplift", target=1, baseline=r[0])[0, 0, 0]
    assert found.tolist() == pytest.approx([(3 - 1) * (1 / 5 + 1 / 2) / 2, (1 / 5 - 1 / 2) * (3 + 1) / 2])


def test_two_classes_and_one_large_difference():
    """softmax of (v, 0) from (0, 0): the map sums to p - 1/2, also where exp v overflows."""
    net = nn.Sequential(nn.Flatten(), nn.Softmax(1)).double()
    for v in (0.5, 30.0, 800.0):
        x = torch.tensor([[[[v, 0.0]]]]).double()
        found = hp.explain(net, x, "deeplift", target=0, precision="float64")[0].sum()
        assert float(found) == pytest.approx(1 / (1 + math.exp(-v)) - 0.5, rel=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_constant_reference_leaves_the_choice_of_the_maximum_to_the_image(dtype):
    """Each window of it has its maximum everywhere, up to rounding: the map must not lean to the first place."""
    net = nn.Sequential(nn.Conv2d(1, 1, 1), nn.MaxPool2d(2), nn.Flatten()).to(dtype)
    nn.init.constant_(net[0].weight, 1.0)
    nn.init.constant_(net[0].bias, 0.1)
    x = torch.tensor([[0.1, 0.3], [0.2, 0.4]], dtype=dtype).view(1, 1, 2, 2)
    almost = torch.full((1, 2, 2), 0.9, dtype=dtype)
    almost[0, 0, 0] *= 1 + torch.finfo(dtype).eps
    for b in (0.9, 0.0, almost):
        found = hp.explain(net, x, "deeplift", baseline=b, target=0)[0, 0]
        assert torch.nonzero(found).tolist() == [[1, 1]]
