"""IROF and IIOF against loops, on paper, and on the reference cases."""

import math

import pytest
import torch
from layer_lists import CASES, model_of
from reading_of import readings
from restated import score
from restated_removal import area, curve, partition, sequence, stops
from small_cases import TWENTY, case
from torch import nn

import heatproof as hp
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.segments import segmented

FILLS = ["mean", "black", "blur", "uniform", 0.4]
VALUES = {case["id"]: case for case in CASES["values"]}


def expected(c, metric, labels, order="morf", **given):
    s = {"steps": None, "start": 0.0, "stop": 1.0, "sign": "signed", "fill": "mean", "link": "probability"}
    s |= {"rule": "trapezoid", "normalise": "whole", "area": "over" if metric == "irof" else "under"} | given
    insertion = metric == "iiof"
    units = partition(c.x, "segment", labels=labels)
    ranking = sequence(c.x, c.phi, units, "segment", "mean", s["sign"])
    if (order == "lerf") != insertion:
        ranking = ranking[::-1]
    gone = stops(len(units), s["steps"], s["start"], s["stop"], insertion=insertion)
    ys = curve(c.model, c.x, c.target, ranking, gone, s["fill"], s["link"])
    size = {"none": 1, "whole": score(c.model, c.x, c.target, s["link"]), "max": max(ys)}[s["normalise"]]
    xs = [1 - k / len(units) if insertion else k / len(units) for k in gone]
    return area(xs, [y / size for y in ys], s["rule"], s["area"])


def found(c, metric, **settings):
    return float(hp.score(c.model, c.images, c.maps, metric, target=c.target, **settings))


@TWENTY
def test_both_orders(number):
    c = case(number)
    labels = torch.arange(c.x.shape[1])[:, None] // 3 * 2 + torch.arange(c.x.shape[2]) // 4
    settings = {"order": ["morf", "lerf"][number % 2], "fill": FILLS[number // 4], "steps": [None, 4, 11][number % 3]}
    for metric in ("irof", "iiof"):
        want = expected(c, metric, labels, **settings)
        assert found(c, metric, segments=labels, **settings) == pytest.approx(want, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("number", [0, 2, 5])
def test_defaults_cut_the_image_into_superpixels(number):
    c = case(number)
    labels = segmented(Image.of(c.x), 100).labels[0]
    for metric in ("irof", "iiof"):
        assert found(c, metric) == pytest.approx(expected(c, metric, labels), rel=1e-8)


@pytest.mark.parametrize("number", [3, 4])
def test_as_attribench_reads_them(number):
    c = case(number)
    labels = torch.arange(c.x.shape[1])[:, None] // 2 * 5 + torch.arange(c.x.shape[2]) // 2
    theirs = {"steps": 99, "fill": "black", "link": "logit", "rule": "mean", "normalise": "none", "area": "under"}
    for metric in ("irof", "iiof"):
        value = found(c, metric, segments=labels, preset="attribench2022")
        assert value == pytest.approx(expected(c, metric, labels, **theirs), rel=1e-8)


def test_a_small_share_removes_nothing_and_not_everything():
    """attribench takes the last 0 segments of a list, which in Python are all of them."""
    c = case(2)
    labels = torch.arange(c.x.shape[1])[:, None] + 0 * torch.arange(c.x.shape[2])
    (reading,) = readings(c.model, c.images, c.maps, "irof", target=c.target, segments=labels, steps=99)
    curve_ = reading.curves["irof"]
    assert len(curve_.x) == 100
    small = [y for x, y in zip(curve_.x, curve_.y.tolist(), strict=True) if x == 0]
    assert len(small) == math.ceil(99 / c.x.shape[1])
    assert small == [1.0] * len(small)


@pytest.mark.parametrize("name", ["irof_aoc_relu16", "irof_aoc_lin16"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_reference_cases(name, dtype):
    given = VALUES[name]
    x, maps = (torch.tensor(given[key], dtype=dtype) for key in ("input", "attributions"))
    settings = {"segments": given["params"]["segments"], "fill": given["params"]["baseline"], "link": "logit"}
    value = hp.score(model_of(given["model"], dtype), x, maps, "irof", target=given["target"][0], **settings)
    assert float(value) == pytest.approx(given["expected"][0], abs=given["atol"])


class Share(nn.Module):
    """Outputs (s, 1 - s), s the mean of the image: probabilities."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        s = x.mean((1, 2, 3)) + self.unused
        return torch.stack([s, 1 - s], 1)


def test_a_curve_that_stays_is_worth_nothing_and_one_that_falls_at_once_nearly_everything():
    x = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    x[..., :2, :2] = 1.0
    labels = (torch.arange(4)[:, None] // 2) * 2 + torch.arange(4) // 2
    model, settings = Share().double(), {"segments": labels, "fill": "black", "link": "logit", "target": 0}
    phi = x - 0.1
    assert float(hp.score(model, x, phi, "irof", **settings)) == pytest.approx(1 - 1 / 8)  # 1, 0, 0, 0, 0
    assert float(hp.score(model, x, -phi, "irof", **settings)) == pytest.approx(1 / 8)
    assert float(hp.score(model, x, phi, "iiof", **settings)) == pytest.approx(1 - 1 / 8)
    assert float(hp.score(model, x, -phi, "iiof", **settings)) == pytest.approx(1 / 8)
    assert float(hp.score(model, x, phi, "irof", **settings | {"fill": 0.0, "order": "lerf"})) == pytest.approx(1 / 8)
    same = torch.full_like(x, 0.3)
    assert float(hp.score(model, same, phi, "irof", **settings | {"fill": "mean"})) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("metric", ["irof", "iiof"])
def test_one_segment_and_one_pixel(metric):
    model, target = Share().double(), {"target": 0, "link": "logit", "fill": "black"}
    x = torch.full((1, 1, 3, 4), 0.5, dtype=torch.float64)
    one = torch.zeros(3, 4, dtype=torch.int64)
    assert float(hp.score(model, x, x, metric, segments=one, **target)) == pytest.approx(0.5)
    assert float(hp.score(model, x[..., :1, :1], x[..., :1, :1], metric, **target)) == pytest.approx(0.5)


def test_with_a_score_of_zero_there_is_nothing_to_divide_by():
    x = torch.zeros(1, 1, 3, 4, dtype=torch.float64)
    model = Share().double()
    for metric in ("irof", "iiof"):
        assert hp.score(model, x, x, metric, target=0, link="logit", fill=1.0).isnan()
        assert hp.score(model, x, x, metric, target=0, link="logit", fill=1.0, normalise="max").isfinite()
        assert hp.score(model, x, x, metric, target=0, fill=1.0, normalise="max").isfinite()
