"""Every metric can be fulfilled and can fail: the best and the worst map of a model whose truth is known."""

import itertools

import pytest
import torch
from torch import nn

import heatproof as hp
from heatproof.vocabulary.registry import formulas

COVERED = {
    "completeness": "test_completeness",
    "deletion": "test_removal",
    "entropy": "test_spread",
    "gini": "test_spread",
    "infidelity": "test_infidelity",
    "insertion": "test_removal",
    "max_sensitivity": "test_max_sensitivity",
    "parameter_randomization": "test_parameter_randomization",
    "sensitivity_n": "test_sensitivity_n",
    "srg": "test_removal",
    "total_variation": "test_total_variation",
}


@pytest.fixture
def model():
    line = nn.Sequential(nn.Flatten(), nn.Linear(6, 2)).double().requires_grad_(False)
    line[1].weight.data = torch.tensor([[3.0, -1, 4, -2, 0.5, 5], [-3, 1, -4, 2, -0.5, -5]], dtype=torch.float64)
    return line


@pytest.fixture
def x():
    return torch.tensor([[[[0.9, 0.5, 0.7], [0.8, 0.6, 0.3]]]], dtype=torch.float64)


@pytest.fixture
def truth(model, x):
    """w x: what every pixel contributes to the logit of class 0."""
    return model[1].weight[0].view_as(x) * x


def value(model, x, maps, metric, **settings):
    return float(hp.score(model, x, maps, metric, target=0, **settings))


def every_order(x):
    """A map for each of the 720 orders of the six pixels, as a batch."""
    orders = torch.tensor(list(itertools.permutations(range(6))), dtype=torch.float64)
    return x.expand(720, -1, -1, -1), orders.view(-1, *x.shape[1:])


def test_every_metric_has_its_worst_and_best():
    assert set(COVERED) == set(formulas("metric"))
    assert all(any(name.startswith(test) for name in globals()) for test in COVERED.values())


@pytest.mark.parametrize("metric", ["deletion", "insertion", "srg"])
@pytest.mark.parametrize("link", ["logit", "probability"])
def test_removal_finds_the_truth_among_all_orders(model, x, truth, metric, link):
    images, maps = every_order(x)
    settings = {"fill": "black", "link": link}
    all_values = hp.score(model, images, maps, metric, target=0, **settings)
    best, worst = (value(model, x, sign * truth, metric, **settings) for sign in (1, -1))
    low, high = float(all_values.min()), float(all_values.max())
    expected = (low, high) if metric == "deletion" else (high, low)
    assert (best, worst) == pytest.approx(expected)
    assert abs(best - worst) > 0.05


def test_removal_in_the_other_order_is_the_removal_of_the_negative_map(model, x, truth):
    for metric in ("deletion", "insertion"):
        lerf = value(model, x, truth, metric, order="lerf", link="logit")
        assert lerf == pytest.approx(value(model, x, -truth, metric, link="logit"))
    assert value(model, x, truth, "srg") == pytest.approx(-value(model, x, -truth, "srg"))


def test_sensitivity_n(model, x, truth):
    for n in (1, 2, 5):
        settings = {"n": n, "subsets": "all"}
        assert value(model, x, truth, "sensitivity_n", **settings) == pytest.approx(1)
        assert value(model, x, -truth, "sensitivity_n", **settings) == pytest.approx(-1)


def test_completeness(model, x, truth):
    assert value(model, x, truth, "completeness") == pytest.approx(0, abs=1e-12)
    assert value(model, x, 0 * truth, "completeness") == pytest.approx(1)
    assert value(model, x, 1000 * truth, "completeness") == pytest.approx(999)


def test_infidelity(model, x):
    w = model[1].weight[0].view_as(x)
    best = value(model, x, w, "infidelity")
    assert best < 1e-20
    orthogonal = torch.zeros_like(w).flatten()
    orthogonal[0], orthogonal[2] = 4, -3
    worst = value(model, x, orthogonal.view_as(w), "infidelity")
    zero = value(model, x, 0 * w, "infidelity")
    # No scale makes the map of zeros worse than predicting nothing; without a scale a map can be arbitrarily bad.
    assert best < worst <= zero
    assert value(model, x, -w, "infidelity", scale="none") == pytest.approx(4 * zero)


def test_max_sensitivity(model, x, truth):
    gradient = model[1].weight[0].view_as(x)
    assert value(model, x, gradient, "max_sensitivity", method="gradient") == 0
    noise = hp.explain(model, x, "random")
    assert value(model, x, noise, "max_sensitivity", method="random") == 0  # the same noise everywhere
    assert value(model, x, noise, "max_sensitivity", method="random", noise="fresh") > 1
    assert 0 < value(model, x, truth, "max_sensitivity", method="input_x_gradient") < 0.1


def test_parameter_randomization():
    model = nn.Sequential(nn.Flatten(), nn.Linear(400, 3)).double().requires_grad_(False)
    x = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    best = value(model, x, hp.explain(model, x, "gradient", target=0), "parameter_randomization", method="gradient")
    assert abs(best) < 0.25  # 400 fresh weights against 400 old ones
    worst = value(model, x, hp.explain(model, x, "edges"), "parameter_randomization", method="edges")
    assert worst == pytest.approx(1)


@pytest.mark.parametrize("channels", [1, 3])
def test_spread_of_one_pixel_and_of_all(channels):
    one, even = torch.zeros(1, channels, 4, 5), torch.full((1, channels, 4, 5), 0.1)
    one[0, :, 2, 1] = -3
    model = nn.Sequential(nn.Flatten(), nn.Linear(20 * channels, 2))
    x = torch.rand(1, channels, 4, 5)
    assert value(model, x, one, "gini") == pytest.approx(1 - 1 / 20)
    assert value(model, x, even, "gini") == pytest.approx(0, abs=1e-12)
    assert value(model, x, one, "entropy") == 0
    assert value(model, x, even, "entropy") == pytest.approx(float(torch.tensor(20.0).log()))


def test_total_variation():
    i = torch.arange(40.0)
    ramp = (i[:, None] + i[None, :])[None, None]
    board = ((i[:, None] + i[None, :]) % 2)[None, None]
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))
    settings = {"scales": "one", "percentile": 100.0}
    # A board changes by 1 at each of its 2 * 39 * 40 edges; a ramp by 1 / 78.
    assert value(model, ramp, board, "total_variation", **settings) == pytest.approx(2 * 39 / 40)
    assert value(model, ramp, ramp, "total_variation", **settings) == pytest.approx(2 * 39 / 40 / 78)
    assert value(model, ramp, board, "total_variation") > 5 * value(model, ramp, ramp, "total_variation")
