"""What a formula claims about itself holds."""

import pytest
import torch
from contracts import METRICS, close, maps_of, pictures, small
from networks import network
from torch import Tensor

import heatproof as hp
from heatproof.methods.gradient import gradient
from heatproof.vocabulary.score import Score

FACTORS = (2.0**20, 2.0**-20, 3.0)


def _value(metric: str, phi: Tensor, x: Tensor, factor: float = 1.0) -> Tensor:
    async def scaled(f: Score) -> Tensor:
        return factor * await gradient(f)

    return hp.score(network("plain cnn", x.shape[1]), x, phi, metric, method=scaled, batch=8, **small(METRICS[metric]))


@pytest.mark.parametrize("metric", [m for m in METRICS if "scale" in METRICS[m].claims.invariant_to])
@pytest.mark.parametrize("factor", FACTORS)
def test_the_scale_of_the_map_does_not_matter(metric: str, factor: float) -> None:
    x = pictures(2)
    explains = "explain" in METRICS[metric].ingredients
    phi = hp.explain(network("plain cnn"), x, "gradient", batch=8) if explains else maps_of(x)
    assert close(_value(metric, phi * factor, x, factor), _value(metric, phi, x), 1e-5)


@pytest.mark.parametrize("metric", [m for m in METRICS if "order" in METRICS[m].claims.invariant_to])
def test_only_the_order_of_the_pixels_matters(metric: str) -> None:
    x = pictures(2, channels=1)
    phi = maps_of(x)
    assert torch.equal(_value(metric, phi.exp() * 3 - 7, x), _value(metric, phi, x))


@pytest.mark.parametrize("metric", [m for m in METRICS if "scale" not in METRICS[m].claims.invariant_to])
def test_a_metric_that_does_not_claim_it_may_be_right_not_to(metric: str) -> None:
    assert METRICS[metric].claims.better in ("higher", "lower")


@pytest.mark.parametrize("metric", [m for m in METRICS if METRICS[m].claims.bounds])
def test_values_stay_within_the_bounds(metric: str) -> None:
    low, high = METRICS[metric].claims.bounds or (0, 0)
    x = pictures(4)
    for phi in (maps_of(x), -maps_of(x), maps_of(x).abs() ** 9, torch.where(x > 0.9, 1.0, 0.0)):
        found = _value(metric, phi, x)
        assert ((found >= low) & (found <= high) | found.isnan()).all()
