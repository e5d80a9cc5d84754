"""Every metric can be fulfilled and can fail: the best and the worst map of a model whose truth is known."""

import itertools

import pytest
import torch
from reading_of import readings
from torch import Tensor, nn

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
    settings = {"fill": "black", "link": link, "target": 0}
    all_values = hp.score(model, images, maps, metric, **settings)
    best, worst = value(model, x, truth, metric, **settings_of(settings)), None
    worst = value(model, x, -truth, metric, **settings_of(settings))
    low, high = float(all_values.min()), float(all_values.max())
    expected = (low, high) if metric == "deletion" else (high, low)
    assert (best, worst) == pytest.approx(expected)
    assert abs(best - worst) > 0.05


def settings_of(settings):
    return {name: v for name, v in settings.items() if name != "target"}


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
    assert value(model, x, truth, "completeness") > 1e-3  # a bias does not stem from any pixel, but cancels in f(x) - f(0)
    model[1].bias.data.zero_()
    assert value(model, x, truth, "completeness") == pytest.approx(0, abs=1e-12)
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


# --- strange maps ------------------------------------------------------------------------------------------------


def strange(kind: str, phi: Tensor) -> Tensor:
    made = {
        "constant": torch.full_like(phi, 0.1),
        "zero": torch.zeros_like(phi),
        "all negative": -phi.abs() - 1,
        "tied": phi.sign(),
        "huge": 1e30 * phi,
        "tiny": 1e-30 * phi,
        "one pixel": torch.zeros_like(phi).index_fill_(2, torch.tensor([3]), 1.0),
        "NaN": phi.clone().index_fill_(2, torch.tensor([3]), float("nan")),
        "infinite": phi.clone().index_fill_(2, torch.tensor([3]), float("inf")),
    }
    return made[kind]


SCALED = ["all negative", "huge", "tiny", "tied"]
UNDEFINED = {
    "NaN": set(COVERED),
    "infinite": set(COVERED),
    "constant": {"sensitivity_n", "total_variation", "parameter_randomization"},
    "zero": {"sensitivity_n", "total_variation", "parameter_randomization", "gini", "entropy", "max_sensitivity"},
}


@pytest.mark.parametrize("metric", sorted(COVERED))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_a_strange_map_has_a_value_or_none_and_its_company_keeps_its_own(metric, dtype):
    generator = torch.Generator().manual_seed(4)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8 * 9, 3)).to(dtype)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator).to(dtype) / p[0].numel() ** 0.5
    image = torch.rand(3, 10, 11, generator=generator).to(dtype)
    good = torch.randn(3, 10, 11, generator=generator).to(dtype)
    kinds = [*SCALED, *UNDEFINED, "one pixel"]
    settings = {"target": 1, "batch": 16}
    if metric in ("max_sensitivity", "parameter_randomization"):
        settings |= {"method": "gradient"}
    maps = torch.stack([good, *(strange(kind, good) for kind in kinds), good])
    values = hp.score(model, image.expand(len(maps), -1, -1, -1), maps, metric, **settings)
    alone = hp.score(model, image[None], good[None], metric, **settings)
    assert values[0] == values[-1] == alone[0]
    assert torch.isfinite(alone[0])
    for kind, found in zip(kinds, values[1:-1], strict=True):
        defined = bool(torch.isfinite(found))
        assert defined == (metric not in UNDEFINED.get(kind, ())), f"{kind}: {float(found)}"
        assert defined or torch.isnan(found)
    scale_free = "scale" in formulas("metric")[metric].claims.invariant_to and metric != "max_sensitivity"
    if scale_free:
        assert values[1 + kinds.index("huge")] == pytest.approx(float(alone[0]), rel=1e-5, abs=1e-7)
        assert values[1 + kinds.index("tiny")] == pytest.approx(float(alone[0]), rel=1e-5, abs=1e-7)


def test_why_a_value_is_missing_is_said_in_one_line():
    from heatproof.vocabulary.errors import Undefined

    model = nn.Sequential(nn.Flatten(), nn.Linear(4 * 5, 2))
    x = torch.rand(1, 1, 4, 5)
    for metric in ("gini", "entropy", "sensitivity_n", "total_variation"):
        with pytest.raises(Undefined) as reason:
            readings_of_zero(model, x, metric)
        assert 10 < len(reason.value.reason) < 90


def readings_of_zero(model, x, metric):
    raised = []

    def keep(error):
        raised.append(error)

    found = readings(model, x, torch.zeros_like(x), metric)
    return found, keep
