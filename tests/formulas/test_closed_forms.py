"""Cases whose result is known on paper."""

import math

import pytest
import torch
from reading_of import readings
from small_cases import close
from torch import Tensor, nn

import heatproof as hp
from heatproof.vocabulary.quadrature import quadrature

RULES = ["gauss-legendre", "trapezoid", "left", "right", "midpoint", "endpoints"]


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
    for method in ("gradient", "smoothgrad"):
        close(hp.explain(model, x, method, target=2, absolute=True), w.abs())
    close(hp.explain(model, x, "input_x_gradient", target=2, baseline=0.3), w * (x - 0.3))
    for absolute in (False, True):
        assert float(hp.explain(model, x, "vargrad", target=2, absolute=absolute).abs().max()) < 1e-28


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
    settings = {"sigma": sigma, "n": n, "scale": "absolute", "batch": 4096}
    error = 4.5 * slope.abs() * (p * (1 - p) / n).sqrt()
    mean = hp.explain(model, x, "smoothgrad", **settings).flatten()
    assert bool(((mean - slope * p).abs() < error).all())
    close(hp.explain(model, x, "smoothgrad", absolute=True, **settings).flatten(), mean * slope.sign())
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
    found = hp.explain(Steep().to(dtype), x, "vargrad", target=0, sigma=0.1, n=20_000, scale="absolute", batch=2048)
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
    degree = {"gauss-legendre": 2 * steps - 1, "trapezoid": 1, "midpoint": 1, "endpoints": 1}.get(rule, 0)
    for k in (0, 1, 2, 5):
        if k <= degree:
            assert sum(w * a**k for a, w in zip(shares, weights, strict=True)) == pytest.approx(1 / (k + 1))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("steps", [1, 2, 5, 64])
def test_integrated_gradients_are_exact_on_a_linear_model(rule, steps):
    if rule in ("trapezoid", "endpoints") and steps == 1:
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


def symmetric(pixels, seed=3):
    a = torch.randn(pixels, pixels, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return a + a.T


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("steps", [2, 5, 30])
def test_integrated_gradients_of_a_quadratic(rule, steps):
    """(x - b)_i (A (b + a (x - b)))_i, a the mean share: 1/2, or (m -+ 1) / 2m where the points lean to one end."""
    a, x, b = symmetric(6), image(1, 2, 3), image(1, 2, 3, seed=9)
    share = {"left": (steps - 1) / (2 * steps), "right": (steps + 1) / (2 * steps)}.get(rule, 0.5)
    expected = (x - b).flatten() * (a @ (b + share * (x - b)).flatten())
    found = hp.explain(Quadratic(a), x, "integrated_gradients", target=0, baseline=b[0], rule=rule, steps=steps)
    close(found.flatten(), expected)


def test_ig_smoothgrad_of_a_quadratic():
    """E[z * A z] / 2 = (x_i (A x)_i + sigma^2 A_ii) / 2 from a black baseline."""
    a, x, sigma, n = symmetric(6), image(1, 2, 3), 0.3, 4000
    settings = {"sigma": sigma, "scale": "absolute", "n": n, "steps": 2, "batch": 2048}
    found = hp.explain(Quadratic(a), x, "ig_smoothgrad", target=0, **settings).flatten()
    z = x.flatten()
    expected = (z * (a @ z) + sigma**2 * a.diag()) / 2
    # Var[z_i (A z)_i] = sigma^2 |row i of (diag(A x) + x_i A)|^2 + sigma^4 (|A_i|^2 + A_ii^2)
    slope = torch.diag(a @ z) + z[:, None] * a
    spread = (sigma**2 * slope.square().sum(1) + sigma**4 * (a.square().sum(1) + a.diag() ** 2)).sqrt() / 2
    assert bool(((found - expected).abs() < 4.5 * spread / math.sqrt(n)).all())


def test_expected_gradients_of_a_quadratic():
    """E_b[(x - b)_i (A (x + b))_i] / 2; with noise, (x - b) * A b is spread by sigma too, and A_ii sigma^2 is added."""
    a, x, n = symmetric(6), image(1, 2, 3), 40_000
    reference = torch.rand(4, 1, 2, 3, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    for sigma in (0.0, 0.5):
        settings = {"n": n, "sigma": sigma, "reference": reference, "batch": 4096}
        found = hp.explain(Quadratic(a), x, "expected_gradients", target=0, **settings).flatten()
        ways = [((x - b).flatten() * (a @ (x + b).flatten())) for b in reference]
        expected = (sum(ways) / 4 + sigma**2 * a.diag()) / 2
        spread = 2.0  # of the value at one point, for the pixel where it is largest and with noise
        assert float((found - expected).abs().max()) < 4.5 * spread / math.sqrt(n)


def test_expected_gradients_of_a_linear_model_are_exact_for_one_reference():
    model, x, b = linear(), image(1, 3, 4), image(1, 3, 4, seed=9)
    for n in (1, 2, 30):
        found = hp.explain(model, x, "expected_gradients", target=1, reference=b, n=n)
        close(found, weights_of(model, x, 1) * (x - b))


def hinges():
    """relu(x1) + 3 relu(1 - x2)."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1, bias=False)).double()
    model[1].weight.data = torch.tensor([[1.0, 0], [0, -1]]).double()
    model[1].bias.data, model[3].weight.data = torch.tensor([0.0, 1]).double(), torch.tensor([[1.0, 3]]).double()
    return model.requires_grad_(False)


def test_paths_over_two_hinges_give_each_its_own_rise():
    """From (-1, 2), where both are 0, to (0.5, 0.7): 0.5 and 0.9, wherever on the way they begin."""
    x, b = torch.tensor([[[[0.5, 0.7]]]]).double(), torch.tensor([[[[-1.0, 2.0]]]]).double()
    settings = {"rule": "midpoint", "steps": 3000, "batch": 1024}
    found = hp.explain(hinges(), x, "integrated_gradients", baseline=b[0], **settings).flatten()
    torch.testing.assert_close(found, torch.tensor([0.5, 0.9]).double(), rtol=0, atol=2e-3)
    n = 20_000
    sampled = hp.explain(hinges(), x, "expected_gradients", reference=b, n=n, batch=4096).flatten()
    # A share p of the way lies beyond the kink: 1/3 and 0.3/1.3.
    p, way = torch.tensor([1 / 3, 3 / 13]).double(), torch.tensor([1.5, 3.9]).double()
    assert bool(((sampled - way * p).abs() < 4.5 * way * (p * (1 - p) / n).sqrt()).all())


class Nested(nn.Module):
    """relu(relu(x1) - 1 - relu(x2)), or the same written relu(relu(x1 - 1) - relu(x2)); both for x >= 0."""

    def __init__(self, late: bool) -> None:
        super().__init__()
        self.late = nn.Parameter(torch.tensor(float(late)))

    def forward(self, x: Tensor) -> Tensor:
        a, b = x.flatten(1).unbind(1)
        first = a.relu() - 1 if self.late > 0 else (a - 1).relu()
        return (first - b.relu()).relu()[:, None]


def test_two_networks_of_one_function_have_one_map():
    """The example of Sundararajan et al. 2017: 3/2 and -1/2 at (3, 1)."""
    x = torch.tensor([[[[3.0, 1.0]]]]).double()
    for late in (True, False):
        net = Nested(late).double()
        found = hp.explain(net, x, "integrated_gradients", rule="midpoint", steps=3000, batch=1024).flatten()
        torch.testing.assert_close(found, torch.tensor([1.5, -0.5]).double(), rtol=0, atol=2e-3)


# --- controls ----------------------------------------------------------------------------------------------------


def test_controls_look_at_no_model():
    x = image(3, 6, 5)
    for model in (linear(90), linear(90, seed=5)):
        assert torch.equal(hp.explain(model, x, "constant"), torch.ones_like(x))
        assert torch.equal(hp.explain(model, x, "input"), x)
        noise = hp.explain(model, x, "random")
        assert torch.equal(noise, hp.explain(linear(90), x, "random"))
        assert -1 <= float(noise.min()) < -0.9 < 0.9 < float(noise.max()) < 1


def test_edges_of_a_ramp_are_its_slope():
    """A Sobel kernel, divided by 8, finds the slope of a plane; at the border one neighbour is repeated."""
    rows, columns = torch.meshgrid(torch.arange(6.0), torch.arange(7.0), indexing="ij")
    x = (3 * rows + 4 * columns)[None, None].double()
    found = hp.explain(linear(42), x, "edges")[0, 0]
    assert torch.equal(found[1:-1, 1:-1], torch.full((4, 5), 5.0).double())
    assert float(found[0, 2]) == pytest.approx(math.hypot(1.5, 4))
    assert float(hp.explain(linear(42), torch.full_like(x, 0.3), "edges").abs().max()) == 0


# --- metrics -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_sensitivity_n_of_a_complete_map_on_a_linear_model_is_one(channels):
    model, x = linear(channels * 20), image(channels, 4, 5)
    maps = hp.explain(model, x, "input_x_gradient", target=1)
    assert float(hp.score(model, x, maps, "sensitivity_n", target=1)) == pytest.approx(1, abs=1e-12)
    assert float(hp.score(model, x, -maps, "sensitivity_n", target=1)) == pytest.approx(-1, abs=1e-12)


@pytest.mark.parametrize("perturbation", ["noisy_baseline", "gaussian", "square", "segment"])
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
