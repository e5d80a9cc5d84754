"""Every metric can be fulfilled and can fail: the best and the worst map of a model whose truth is known."""

import itertools
import math

import pytest
import torch
from torch import nn

import heatproof as hp
from heatproof.vocabulary.patch import Patch
from heatproof.vocabulary.registry import formulas

COVERED = {
    "completeness": "test_completeness",
    "data_randomization": "test_data_randomization",
    "deletion": "test_removal",
    "entropy": "test_spread",
    "gini": "test_spread",
    "impact_coverage": "test_impact_coverage",
    "hyperparameter_sensitivity": "test_hyperparameter_sensitivity",
    "infidelity": "test_infidelity",
    "iiof": "test_removal",
    "input_noise_sensitivity": "test_input_noise_sensitivity",
    "insertion": "test_removal",
    "irof": "test_removal",
    "localization_error": "test_localization_error",
    "max_sensitivity": "test_max_sensitivity",
    "minimal_subset": "test_minimal_subset",
    "model_noise": "test_model_noise",
    "parameter_randomization": "test_parameter_randomization",
    "perturbation_score": "test_perturbation_score",
    "segment_sensitivity_n": "test_segment_sensitivity_n",
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


@pytest.mark.parametrize("metric", ["deletion", "insertion", "srg", "irof", "iiof"])
@pytest.mark.parametrize("link", ["logit", "probability"])
def test_removal_finds_the_truth_among_all_orders(model, x, truth, metric, link):
    images, maps = every_order(x)
    settings = {"fill": "black", "link": link}
    if metric in ("irof", "iiof"):
        settings["segments"] = torch.arange(6).view(2, 3)
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


def test_minimal_subset(model, x, truth):
    images, maps = every_order(x)
    model[1].bias.data = torch.tensor([-1.0, 1.0], dtype=torch.float64)  # black is the other class
    for mode in ("deletion", "insertion"):
        all_values = hp.score(model, images, maps, "minimal_subset", target=0, mode=mode)
        best, worst = (value(model, x, sign * truth, "minimal_subset", mode=mode) for sign in (1, -1))
        assert (best, worst) == (float(all_values.min()), float(all_values.max()))
        assert worst > best + 1


def test_perturbation_score(model, x):
    """Replaced by noise around 1/2, a pixel takes away w (x - 1/2)."""
    truth = model[1].weight[0].view_as(x) * (x - 0.5)
    settings = {"window": 1, "regions": 6, "candidates": 60}
    best, worst = (value(model, x, sign * truth, "perturbation_score", **settings) for sign in (1, -1))
    images, maps = every_order(x)
    others = hp.score(model, images[::12], maps[::12], "perturbation_score", target=0, **settings)
    assert (others >= best).double().mean() > 0.95
    assert (others <= worst).double().mean() > 0.95
    assert best < worst - 0.5


def test_a_score_that_nothing_changes_has_the_number_of_windows_as_its_area():
    constant = nn.Sequential(nn.Flatten(), nn.Linear(196, 2)).double()
    constant[1].weight.data.zero_()
    constant[1].bias.data.fill_(1)
    x = torch.rand(1, 1, 14, 14, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert value(constant, x, x, "perturbation_score", candidates=3) == pytest.approx(30)
    assert value(constant, x, x, "perturbation_score", candidates=3, regions=7) == pytest.approx(7)


def test_localization_error(model, x):
    phi = torch.zeros_like(x)
    phi[..., 0, 1:] = 1
    on, off = torch.tensor([[0, 1, 1, 3]]), torch.tensor([[1, 0, 2, 1]])
    assert value(model, x, phi, "localization_error", boxes=[on]) == 0
    assert value(model, x, phi, "localization_error", boxes=[off]) == 1
    assert value(model, x, -phi, "localization_error", boxes=[on]) == 1


def test_impact_coverage(model, x):
    patches = [Patch(torch.tensor([[[0.0, 9.0]]], dtype=torch.float64), 1)]

    async def onto_patch(f):
        return (f.image.x == 9).double() + (f.image.x == 0).double()

    async def off_patch(f):
        return -(await onto_patch(f))

    best, worst = (value(model, x, x, "impact_coverage", method=m, patches=patches) for m in (onto_patch, off_patch))
    assert (best, worst) == (1, 0)


def test_sensitivity_n(model, x, truth):
    for n in (1, 2, 5):
        settings = {"n": n, "subsets": "all"}
        assert value(model, x, truth, "sensitivity_n", **settings) == pytest.approx(1)
        assert value(model, x, -truth, "sensitivity_n", **settings) == pytest.approx(-1)


def test_segment_sensitivity_n(model, x, truth):
    settings = {"segments": [[0, 0, 1], [2, 2, 3]], "subsets": 40}
    for relevance in ("sum", "mean"):
        best = value(model, x, truth, "segment_sensitivity_n", relevance=relevance, **settings)
        worst = value(model, x, -truth, "segment_sensitivity_n", relevance=relevance, **settings)
        assert worst == pytest.approx(-best)
        assert best == pytest.approx(1) if relevance == "sum" else 0.5 < best < 0.999


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


@pytest.fixture
def wide():
    """A linear model of 400 pixels, an image, and a twin with other weights."""
    models = [nn.Sequential(nn.Flatten(), nn.Linear(400, 3)).double().requires_grad_(False) for _ in range(2)]
    for seed, m in enumerate(models):
        m[1].weight.data = torch.randn(3, 400, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    x = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return models[0], x, models[1]


def test_data_randomization(wide):
    model, x, twin = wide
    for method, maps in {m: hp.explain(model, x, m, target=0) for m in ("gradient", "edges")}.items():
        how = {"metric": "data_randomization", "method": method}
        other = value(model, x, maps, twins={"random labels": twin}, **how)
        assert other == pytest.approx(1) if method == "edges" else abs(other) < 0.15
        assert value(model, x, maps, twins={"random labels": model}, **how) == pytest.approx(1)


def test_model_noise(wide):
    model, x, _ = wide
    gradient, edges = (hp.explain(model, x, m, target=0) for m in ("gradient", "edges"))
    assert value(model, x, gradient, "model_noise", method="gradient", sigma=1e6) == pytest.approx(0, abs=0.15)
    assert value(model, x, gradient, "model_noise", method="gradient", sigma=0.0) == pytest.approx(1)
    assert value(model, x, edges, "model_noise", method="edges", sigma=1e6) == pytest.approx(1)


def test_hyperparameter_sensitivity(wide):
    model, x, _ = wide
    gradient, noise = hp.explain(model, x, "gradient", target=0), hp.explain(model, x, "random")
    # On a linear model no noise changes the gradient; a random map is another under every seed.
    how = {"metric": "hyperparameter_sensitivity", "similarity": "spearman"}
    assert value(model, x, gradient, method="smoothgrad", **how) == pytest.approx(1)
    assert abs(value(model, x, noise, method="random", setting="seed", **how)) < 0.15
    assert math.isnan(value(model, x, gradient, method="gradient", **how))  # there is nothing to set


def test_input_noise_sensitivity(wide):
    model, x, _ = wide
    gradient, noise = hp.explain(model, x, "gradient", target=0), hp.explain(model, x, "random")
    how = {"metric": "input_noise_sensitivity", "similarity": "spearman"}
    assert value(model, x, gradient, method="gradient", **how) == pytest.approx(1)
    assert value(model, x, noise, method="random", **how) == pytest.approx(1)  # the same noise everywhere
    assert abs(value(model, x, noise, method="random", noise="fresh", **how)) < 0.15


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
