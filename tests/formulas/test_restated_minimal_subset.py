"""Minimal subsets against a walk over all of them, on paper, and on the reference case."""

import pytest
import torch
from layer_lists import CASES, model_of
from restated import score
from restated_removal import partition, sequence, taken
from small_cases import TWENTY, case
from torch import nn

import heatproof as hp

(REFERENCE,) = [c for c in CASES["values"] if c["metric"] == "minimal_subset"]


def predicted(model, z):
    with torch.no_grad():
        return int(model(z[None].clone()).argmax())


def expected(c, mode, steps, unit, fill, sign="signed"):
    """Try 0, step, 2 step, ... units until the class is gone, or back."""
    units = partition(c.x, unit, 2)
    order, n = sequence(c.x, c.phi, units, unit, "mean", sign), len(units)
    own, step = predicted(c.model, c.x), max(1, n // (steps or n))
    for k in range(0, n + 1, step):
        gone = order[:k] if mode == "deletion" else order[k:]
        if (predicted(c.model, taken(c.x, gone, fill)) == own) == (mode == "insertion"):
            return k
    return n


def found(c, **settings):
    return float(hp.score(c.model, c.images, c.maps, "minimal_subset", **settings))


@pytest.mark.parametrize("mode", ["deletion", "insertion"])
@TWENTY
def test_every_subset_is_tried_until_one_will_do(number, mode):
    c = case(number)
    settings = {"steps": [None, 100, 10, 3][number % 4], "unit": ["pixel", "value", "region"][number % 3]}
    settings |= {"fill": ["black", "mean", 1.0][number // 2 % 3], "sign": ["signed", "absolute"][number // 3 % 2]}
    assert found(c, mode=mode, region=2, **settings) == expected(c, mode, **settings)


def test_they_are_not_all_alike():
    values = {
        (expected(case(n), mode, None, "pixel", "black")) for n in range(20) for mode in ("deletion", "insertion")
    }
    assert len(values) > 10


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_reference_case(dtype):
    x, maps = (torch.tensor(REFERENCE[key], dtype=dtype) for key in ("input", "attributions"))
    value = hp.score(model_of("lin16", dtype), x, maps, "minimal_subset", mode="insertion", fill=0.0)
    assert float(value) == REFERENCE["expected"][0]


class Count(nn.Module):
    """Class 0 wherever more than `limit` pixels are there."""

    def __init__(self, limit):
        super().__init__()
        self.limit = nn.Parameter(torch.tensor(limit, dtype=torch.float64))

    def forward(self, x):
        s = x[:, 0].sum((1, 2)) - self.limit
        return torch.stack([s, -s, s - 100], 1)


@pytest.mark.parametrize("limit", [0.5, 3.5, 30.5, 62.5, 63.5])
def test_a_model_that_counts(limit):
    x = torch.ones(1, 1, 8, 8, dtype=torch.float64)
    phi = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    run = {"steps": None, "fill": "black"}
    gone = float(hp.score(Count(limit), x, phi, "minimal_subset", **run))
    back = float(hp.score(Count(limit), x, phi, "minimal_subset", mode="insertion", **run))
    assert (gone, back) == (64 - int(limit), int(limit) + 1)
    coarse = float(hp.score(Count(limit), x, phi, "minimal_subset", steps=9, fill="black"))  # steps of 7 pixels
    assert coarse == min(64, -(-gone // 7) * 7)


def test_what_never_changes_takes_all_and_what_is_there_from_the_start_takes_nothing():
    x = torch.ones(1, 1, 8, 8, dtype=torch.float64)
    always = Count(-1.0)
    assert float(hp.score(always, x, x, "minimal_subset", fill="black")) == 64
    assert float(hp.score(always, x, x, "minimal_subset", mode="insertion", fill="black")) == 0


def test_another_class_than_the_predicted_one_has_nothing_to_lose():
    c = case(3)
    own = predicted(c.model, c.x)
    values = [float(hp.score(c.model, c.images, c.maps, "minimal_subset", target=t)) for t in range(4)]
    assert [value == value for value in values] == [t == own for t in range(4)]


def test_a_model_with_one_output_predicts_its_class_where_the_output_is_positive():
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 1)).double().requires_grad_(False)
    model[1].weight.data.fill_(1.0)
    model[1].bias.data.fill_(-6.5)
    x = torch.ones(1, 1, 4, 4, dtype=torch.float64)
    phi = torch.arange(16.0).view(1, 1, 4, 4).double()
    assert float(hp.score(model, x, phi, "minimal_subset", steps=None, target=0)) == 10
    assert float(hp.score(model, x, phi, "minimal_subset", steps=None, target=0, mode="insertion")) == 7


def test_the_margin_of_the_model_is_what_is_looked_at():
    c = case(5)
    own = predicted(c.model, c.x)
    k = int(found(c, steps=None))
    order = sequence(c.x, c.phi, partition(c.x, "pixel"))
    assert score(c.model, taken(c.x, order[: k - 1], "black"), own, "margin") > 0
    assert k == len(order) or score(c.model, taken(c.x, order[:k], "black"), own, "margin") <= 0
