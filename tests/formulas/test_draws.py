"""The setting `draw`: repeats of a random metric that differ in nothing but chance."""

import math

import pytest
import torch
from torch import nn

import heatproof as hp

CASES = [
    ("sensitivity_n", {"n": 12, "subsets": 20}),
    ("segment_sensitivity_n", {"segments": 9, "sizes": 2, "subsets": 20}),
    ("infidelity", {"n": 20}),
    ("infidelity", {"n": 20, "perturbation": "gaussian"}),
    ("infidelity", {"n": 20, "perturbation": "square"}),
    ("infidelity", {"n": 20, "perturbation": "segment", "segments": 9, "removed": 3}),
]


@pytest.fixture(scope="module")
def scored():
    """scored(metric, **settings) of one map of a small network that is not linear."""
    layers = nn.Sequential(nn.Flatten(), nn.Linear(108, 8), nn.Tanh(), nn.Linear(8, 3)).double().requires_grad_(False)
    generator = torch.Generator().manual_seed(5)
    for weights in layers.parameters():
        weights.data = torch.randn(weights.shape, generator=generator, dtype=torch.float64) / math.sqrt(8)
    x, phi = (torch.rand(1, 3, 6, 6, generator=generator, dtype=torch.float64) for _ in range(2))
    return lambda metric, **settings: float(hp.score(layers, x, phi, metric, target=1, **settings))


@pytest.mark.parametrize(("metric", "settings"), CASES)
def test_draws_repeat_and_differ(scored, metric, settings):
    found = [scored(metric, **settings, draw=draw) for draw in range(4)]
    assert found[0] == scored(metric, **settings)
    assert found[1] == scored(metric, **settings, draw=1)
    assert len(set(found)) == 4


@pytest.mark.parametrize(("metric", "settings"), CASES)
def test_a_draw_is_not_the_seed_of_another_study(scored, metric, settings):
    seeds = {scored(metric, **settings, seed=seed) for seed in range(5)}
    assert not seeds & {scored(metric, **settings, draw=draw) for draw in range(1, 5)}


def test_where_there_is_no_chance_the_draw_says_nothing(scored):
    settings = {"n": 1, "subsets": "all"}
    assert scored("sensitivity_n", **settings, draw=7) == scored("sensitivity_n", **settings)


def test_draws_scatter_around_what_many_samples_say(scored):
    many = scored("infidelity", n=20_000)
    few = torch.tensor([scored("infidelity", n=200, draw=draw) for draw in range(30)])
    assert float(few.mean()) == pytest.approx(many, rel=0.1)


def test_a_negative_draw_is_refused(scored):
    with pytest.raises(Exception, match="draw"):
        scored("sensitivity_n", draw=-1)
