"""Cases whose result is known on paper."""

import math

import pytest
import torch
from reading_of import readings
from small_cases import close
from torch import Tensor, nn

import heatproof as hp
from heatproof.vocabulary.quadrature import quadrature

RULES = ["gauss-legendre", "trapezoid", "left", "right", "midpoint"]


class Quadratic(nn.Module):
    """Outputs x'A x / 2 and a constant."""

    def __init__(self, a: Tensor) -> None:
        super().__init__()
        self.a = nn.Parameter(a)

    def forward(self, x: Tensor) -> Tensor:
        z = x.flatten(1)
        y = (z @ self.a * z).sum(1) / 2
        return torch.stack([y, torch.zeros_like(y)], 1)


def linear(pixels=12, classes=3, *, bias=True, seed=0):
    model = nn.Sequential(nn.Flatten(), nn.Linear(pixels, classes, bias)).double().requires_grad_(False)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return model


def image(*shape, seed=1):
    return torch.rand(1, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def weights_of(model, x, target):
    return model[1].weight[target].view_as(x[0])[None]


# --- gradients ---------------------------------------------------------------------------------------------------


def test_every_gradient_method_on_a_linear_model():
    model, x = linear(), image(1, 3, 4)
    w = weights_of(model, x, 2)
    expected = {"gradient": w, "input_x_gradient": w * x, "smoothgrad": w, "smoothgrad_squared": w * w}
    for method, phi in expected.items():
        close(hp.explain(model, x, method, target=2), phi)
    assert float(hp.explain(model, x, "vargrad", target=2).abs().max()) < 1e-28


def test_smooth_taylor_of_a_linear_model_is_zero_up_to_sampling():
    model, x, n = linear(), image(1, 3, 4), 4000
    found = hp.explain(model, x, "smooth_taylor", target=0, n=n, batch=1000)
    error = 0.5 * weights_of(model, x, 0).abs() / math.sqrt(n)
    assert bool((found.abs() < 4.5 * error).all())


def test_smooth_taylor_of_a_quadratic_is_minus_sigma_squared_times_the_diagonal():
    generator = torch.Generator().manual_seed(3)
    a = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    a = a + a.T
    x, sigma, n = image(1, 2, 3), 0.3, 40_000
    found = hp.explain(Quadratic(a), x, "smooth_taylor", target=0, sigma=sigma, n=n, batch=4096).flatten()
    # Var[(x - z)_i (A z)_i] = sigma^2 (A x)_i^2 + sigma^4 (sum_j A_ij^2 + A_ii^2), for z ~ N(x, sigma^2)
    spread = (sigma**2 * (a @ x.flatten()) ** 2 + sigma**4 * (a.square().sum(1) + a.diag() ** 2)).sqrt()
    assert bool(((found + sigma**2 * a.diag()).abs() < 4.5 * spread / math.sqrt(n)).all())


def test_smoothgrad_and_vargrad_of_two_hinges():
    """f = relu(x1) + 3 relu(1 - x2): E = Phi(x1/s), -3 Phi((1-x2)/s); Var = p (1 - p) times the slope squared."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1, bias=False)).double()
    model.requires_grad_(False)
    model[1].weight.data, model[1].bias.data = (
        torch.tensor([[1.0, 0], [0, -1]]).double(),
        torch.tensor([0.0, 1]).double(),
    )
    model[3].weight.data = torch.tensor([[1.0, 3]]).double()
    x, sigma, n = torch.tensor([[[[0.5, 0.7]]]], dtype=torch.float64), 0.8, 20_000
    p = torch.special.ndtr(torch.tensor([0.5 / sigma, 0.3 / sigma], dtype=torch.float64))
    slope = torch.tensor([1.0, -3.0], dtype=torch.float64)
    settings = {"sigma": sigma, "n": n, "relative": False, "batch": 4096}
    error = 4.5 * slope.abs() * (p * (1 - p) / n).sqrt()
    mean = hp.explain(model, x, "smoothgrad", **settings).flatten()
    assert bool(((mean - slope * p).abs() < error).all())
    squared = hp.explain(model, x, "smoothgrad_squared", **settings).flatten()
    assert bool(((squared - slope**2 * p).abs() < error * slope.abs()).all())
    variance = hp.explain(model, x, "vargrad", **settings).flatten()
    assert bool(((variance - slope**2 * p * (1 - p)).abs() < error * slope.abs()).all())
    close(squared - mean**2, variance)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_vargrad_of_small_noise_on_a_large_gradient(dtype):
    """f = 1e4 x + x^2 / 2: the gradients are 1e4 plus noise of deviation 1e-1."""

    class Steep(nn.Module):
        def __init__(self):
            super().__init__()
            self.unused = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            y = (1e4 * x + 0.5 * x * x).sum((1, 2, 3)) + self.unused
            return torch.stack([y, -y], 1)

    x = torch.zeros(1, 1, 4, 5, dtype=dtype)
    found = hp.explain(Steep().to(dtype), x, "vargrad", target=0, sigma=0.1, n=20_000, relative=False, batch=2048)
    # Each value is within 4.5 sqrt(2 / n) = 4.5 %; float32 gradients near 1e4 are rounded to steps of 1e-3.
    assert float((found / 0.01 - 1).abs().max()) < 0.045
    assert float(found.double().mean()) == pytest.approx(0.01, rel=0.01)


# --- paths -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("steps", [2, 3, 7, 50, 300])
def test_weights_of_every_rule_sum_to_one(rule, steps):
    shares, weights = quadrature(rule, steps)
    assert len(shares) == len(weights) == steps
    assert sum(weights) == pytest.approx(1, abs=1e-13)
    assert all(0 <= a <= 1 for a in shares)
    assert list(shares) == sorted(shares)
    degree = {"gauss-legendre": 2 * steps - 1, "trapezoid": 1, "midpoint": 1}.get(rule, 0)
    for k in (0, 1, 2, 5):
        if k <= degree:
            assert sum(w * a**k for a, w in zip(shares, weights, strict=True)) == pytest.approx(1 / (k + 1))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("steps", [1, 2, 5, 64])
def test_integrated_gradients_are_exact_on_a_linear_model(rule, steps):
    if rule == "trapezoid" and steps == 1:
        with pytest.raises(hp.HeatproofError, match="HP105"):
            hp.explain(linear(), image(1, 3, 4), "integrated_gradients", rule=rule, steps=1)
        return
    model, x, b = linear(), image(1, 3, 4), image(1, 3, 4, seed=9)
    found = hp.explain(model, x, "integrated_gradients", target=1, rule=rule, steps=steps, baseline=b[0])
    close(found, weights_of(model, x, 1) * (x - b))


def smooth_or_kinked(kind):
    convolution = nn.Conv2d(3, 6, 3, padding=1)
    head = [nn.Flatten(), nn.Linear(6 * 12, 4)]
    layers = {
        "relu": [nn.ReLU(), nn.AvgPool2d(2), *head],
        "relu in place": [nn.ReLU(inplace=True), nn.AvgPool2d(2), *head],
        "max pool": [nn.ReLU(), nn.MaxPool2d(2), *head],
        "softmax": [nn.ReLU(), nn.AvgPool2d(2), *head, nn.Softmax(1)],
        "gelu": [nn.GELU(), nn.AvgPool2d(2), *head],
        "silu": [nn.SiLU(), nn.AvgPool2d(2), *head],
    }
    model = nn.Sequential(convolution, *layers[kind]).double().requires_grad_(False)
    generator = torch.Generator().manual_seed(7)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=torch.float64) / p[0].numel() ** 0.5
    return model


@pytest.mark.parametrize("kind", ["relu", "relu in place", "max pool", "softmax", "gelu", "silu"])
def test_integrated_gradients_are_complete(kind):
    model, x, b = smooth_or_kinked(kind), image(3, 6, 8), image(3, 6, 8, seed=4)[0]
    # Kinks are found as finely as the path is sampled; smooth integrands converge fast.
    path = {"rule": "gauss-legendre", "steps": 80} if kind in ("gelu", "silu") else {"rule": "midpoint", "steps": 8000}
    maps = hp.explain(model, x, "integrated_gradients", target=2, baseline=b, batch=500, **path)
    change = float(model(x.clone())[0, 2] - model(b[None].clone())[0, 2])
    error = 1e-9 if kind in ("gelu", "silu") else 1e-3
    assert float(maps.sum()) == pytest.approx(change, rel=error)
    assert float(hp.score(model, x, maps, "completeness", target=2, baseline=b)) < error


# --- metrics -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_sensitivity_n_of_a_complete_map_on_a_linear_model_is_one(channels):
    model, x = linear(channels * 20), image(channels, 4, 5)
    maps = hp.explain(model, x, "input_x_gradient", target=1)
    assert float(hp.score(model, x, maps, "sensitivity_n", target=1)) == pytest.approx(1, abs=1e-12)
    assert float(hp.score(model, x, -maps, "sensitivity_n", target=1)) == pytest.approx(-1, abs=1e-12)


@pytest.mark.parametrize("perturbation", ["noisy_baseline", "gaussian", "square"])
def test_infidelity_of_the_gradient_of_a_linear_model_is_zero(perturbation):
    model, x = linear(3 * 35), image(3, 5, 7)
    settings = {"target": 0, "perturbation": perturbation}
    maps = hp.explain(model, x, "gradient", target=0)
    assert float(hp.score(model, x, maps, "infidelity", scale="none", **settings)) < 1e-20
    assert float(hp.score(model, x, -7 * maps, "infidelity", **settings)) < 1e-20
    zero = float(hp.score(model, x, 0 * maps, "infidelity", **settings))
    assert zero == float(hp.score(model, x, 0 * maps, "infidelity", scale="none", **settings)) > 0.1


def test_completeness_of_input_x_gradient_without_and_with_a_bias():
    x = image(1, 3, 4)
    for bias in (False, True):
        model = linear(bias=bias)
        maps = hp.explain(model, x, "input_x_gradient", target=0)
        assert float(hp.score(model, x, maps, "completeness", target=0)) < 1e-12
        assert float(hp.score(model, x, 0 * maps, "completeness", target=0)) == pytest.approx(1)
        assert float(hp.score(model, x, -maps, "completeness", target=0)) == pytest.approx(2)


def test_max_sensitivity_of_the_gradient_of_a_linear_model_is_zero():
    model, x = linear(), image(1, 3, 4)
    maps = hp.explain(model, x, "gradient", target=0)
    assert float(hp.score(model, x, maps, "max_sensitivity", method="gradient", target=0)) == 0


def test_parameter_randomization_of_maps_that_look_at_no_model_is_one():
    model, x = linear(120), image(1, 10, 12)
    for method in ("edges", "random"):
        maps = hp.explain(model, x, method)
        (reading,) = readings(model, x, maps, "parameter_randomization", method=method)
        assert reading.value == pytest.approx(1)
        # Only the noise floor tells a map that never changes from one that is new each time.
        floor = reading.curves["noise floor"].y[0]
        assert floor == pytest.approx(1) if method == "edges" else abs(floor) < 0.4
