"""What the formulas claim of themselves, and what the engine promises for all of them."""

import math

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_cases import close
from torch import nn

import heatproof as hp
from heatproof.check.supplies import extras
from heatproof.vocabulary.registry import formulas

METHODS, METRICS = formulas("method"), formulas("metric")
FEW = settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.integers(0, 2**32 - 1)
FACTORS = st.floats(1e-12, 1e12)
QUICK = {
    "integrated_gradients": {"steps": 6},
    "ig_smoothgrad": {"n": 3, "steps": 4},
    "expected_gradients": {"n": 9},
    "meaningful_perturbation": {"iterations": 6},
    "xrai": {"steps": 6},
    "smooth_taylor": {"n": 9},
    "smoothgrad": {"n": 9},
    "smoothgrad_squared": {"n": 9},
    "vargrad": {"n": 9},
    "infidelity": {"n": 20},
    "sensitivity_n": {"sizes": 2, "subsets": 12},
    "segment_sensitivity_n": {"sizes": 2, "subsets": 12, "segments": 20},
    "lime": {"n": 20, "segments": 9},
    "kernel_shap": {"n": 20, "segments": 9},
    "max_sensitivity": {"n": 3},
    "parameter_randomization": {"stages": 2},
    "model_noise": {"stages": 2},
    "input_noise_sensitivity": {"n": 2},
    "hyperparameter_sensitivity": {"method": "smoothgrad"},
    "deletion": {"steps": 9},
    "insertion": {"steps": 9},
    "srg": {"steps": 9},
    "irof": {"segments": 9},
    "iiof": {"segments": 9},
    "minimal_subset": {"steps": 9},
    "perturbation_score": {"regions": 5, "candidates": 6},
    "impact_coverage": {"tries": 5, "failed": "keep"},
}


def network(seed=0):
    model = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4 * 3 * 4, 3)
    )
    generator = torch.Generator().manual_seed(seed)
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator) / p[0].numel() ** 0.5
    return model.double().requires_grad_(False)


MODEL = network()


def pictures(seed, count=1):
    return torch.rand(count, 2, 7, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def random_maps(seed, count=1):
    return torch.randn(count, 2, 7, 8, generator=torch.Generator().manual_seed(seed + 1), dtype=torch.float64)


def scored(x, maps, metric, **more):
    given_ = {"target": 1, "batch": 8, "method": "gradient"} | QUICK.get(metric, {}) | more
    if "explain" not in METRICS[metric].ingredients:
        del given_["method"]
    if "random labels" in METRICS[metric].claims.needs:
        given_["twins"] = {"random labels": network(1)}
    if metric in ("minimal_subset", "impact_coverage") and "target" not in more:
        del given_["target"]  # it is about the prediction
    return hp.score(MODEL, x, maps, metric, **given_, **extras(METRICS[metric], x))


def explained(x, method, **more):
    return hp.explain(MODEL, x, method, **({"target": 1, "batch": 8} | quick(method) | more))


def quick(method):
    """Little work, and the same references for every selection of images."""
    given_ = {"reference": pictures(77, 3)} if "reference" in METHODS[method].ingredients else {}
    return given_ | QUICK.get(method, {})


def claiming(what):
    return pytest.mark.parametrize("metric", [n for n, m in METRICS.items() if what in m.claims.invariant_to])


@claiming("scale")
@given(seed=SEEDS, factor=FACTORS)
@FEW
def test_a_multiple_of_the_map_has_the_same_value(metric, seed, factor):
    x = pictures(seed)
    explains = "explain" in METRICS[metric].ingredients
    maps = explained(x, "gradient") if explains else random_maps(seed)

    async def multiple(f, *, power: float = 1.0):
        """What a metric that explains again has to be given with the multiple of a map."""
        g = await f.grad(f.x).one()
        return factor * g.sign() * g.abs() ** power

    async def once(f, *, power: float = 1.0):
        g = await f.grad(f.x).one()
        return g.sign() * g.abs() ** power

    plain, scaled = scored(x, maps, metric, method=once), scored(x, factor * maps, metric, method=multiple)
    assert float(scaled) == pytest.approx(float(plain), rel=1e-9, abs=1e-12)


@claiming("order")
@given(seed=SEEDS, transform=st.sampled_from([torch.exp, torch.arctan, lambda t: t**3, lambda t: 2 * t + 1]))
@FEW
def test_a_strictly_increasing_transform_of_the_map_has_the_same_value(metric, seed, transform):
    x, maps = pictures(seed), random_maps(seed)[:, :1]
    assert torch.equal(scored(x, maps, metric), scored(x, transform(maps), metric))


@pytest.mark.parametrize(
    "metric", ["gini", "entropy", "sensitivity_n", "infidelity", "completeness", "total_variation"]
)
def test_metrics_that_do_not_claim_order_depend_on_more_than_the_order(metric):
    x, maps = pictures(3), random_maps(3)[:, :1]
    assert not torch.equal(scored(x, maps, metric), scored(x, maps.exp(), metric))


@pytest.mark.parametrize("metric", [n for n, m in METRICS.items() if m.claims.bounds])
@given(seed=SEEDS, coarse=st.sampled_from([0, 1, 8]))
@FEW
def test_values_keep_the_claimed_bounds(metric, seed, coarse):
    maps = random_maps(seed)
    maps = (maps * coarse).round() if coarse else maps.abs() * 1e-3 + 1
    low, high = METRICS[metric].claims.bounds
    value = float(scored(pictures(seed), maps, metric))
    assert math.isnan(value) or low <= value <= high


@given(seed=SEEDS)
@FEW
def test_bounds_that_follow_from_the_definitions(seed):
    x, maps = pictures(seed), random_maps(seed)
    assert 0 <= float(scored(x, maps, "entropy")) <= math.log(56) + 1e-12
    assert 0 <= float(scored(x, maps, "gini")) <= 1 - 1 / 56 + 1e-12
    assert 0 <= float(scored(x, maps, "deletion")) <= 1
    assert 0 <= float(scored(x, maps, "insertion")) <= 1
    assert -1 <= float(scored(x, maps, "srg")) <= 1
    assert float(scored(x, maps, "infidelity")) <= float(scored(x, maps, "infidelity", scale="none"))


# --- batches and company -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", sorted(METRICS))
@given(seed=SEEDS, order=st.permutations(range(4)))
@FEW
def test_a_value_depends_on_nothing_but_its_image_and_map(metric, seed, order):
    x, maps = pictures(seed, 4), random_maps(seed, 4)
    together = scored(x, maps, metric)
    assert torch.equal(scored(x[order], maps[order], metric), together[order])
    assert torch.equal(scored(x[2:3], maps[2:3], metric)[0], together[2])


@pytest.mark.parametrize("method", sorted(METHODS))
@given(seed=SEEDS, order=st.permutations(range(4)))
@FEW
def test_a_map_depends_on_nothing_but_its_image(method, seed, order):
    x = pictures(seed, 4)
    together = explained(x, method)
    assert torch.equal(explained(x[order], method), together[order])
    assert torch.equal(explained(x[2:3], method)[0], together[2])


@pytest.mark.parametrize("batch", [1, 2, 5, 64])
@pytest.mark.parametrize("metric", sorted(METRICS))
def test_a_value_is_the_same_at_any_batch_size(metric, batch):
    x, maps = pictures(5, 3), random_maps(5, 3)
    torch.testing.assert_close(
        scored(x, maps, metric, batch=batch), scored(x, maps, metric), rtol=1e-9, atol=1e-12, equal_nan=True
    )


@pytest.mark.parametrize("batch", [1, 2, 5, 64])
@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_map_is_the_same_at_any_batch_size(method, batch):
    x = pictures(6, 3)
    close(explained(x, method, batch=batch), explained(x, method), 1e-12)


@pytest.mark.parametrize("method", [n for n in METHODS if n not in ("gradient", "edges")])
def test_every_image_is_explained_for_its_own_class(method):
    x = pictures(7, 3)
    each = explained(x, method, target=torch.tensor([2, 0, 1]))
    for i, target in enumerate((2, 0, 1)):
        assert torch.equal(each[i], explained(x, method, target=target)[i])


@pytest.mark.parametrize("method", sorted(n for n, m in METHODS.items() if not m.claims.control))
def test_single_precision_is_close_to_double(method):
    x = pictures(8, 2).float()
    single = hp.explain(network().float(), x, method, target=1, **quick(method))
    double = explained(x.double(), method)
    assert single.dtype == torch.float32
    close(single, double, 1e-4)
