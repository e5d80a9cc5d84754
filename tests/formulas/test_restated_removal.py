"""Deletion, insertion and symmetric relevance gain against loops over pixels, values, regions and segments."""

import pytest
import torch
from restated import score
from restated_removal import area, curve, partition, sequence, stops
from small_cases import TWENTY, case

import heatproof as hp

LINKS = ["logit", "probability", "log_probability", "margin"]
FILLS = ["black", "mean", "blur", "uniform", 0.4]
STEPS = [1, 2, 7, 32, None]


def labels_of(c):
    """Any partition: 6 segments, one of them in two pieces."""
    h, w = c.x.shape[1:]
    return (torch.arange(h)[:, None] // 3 * 2 + torch.arange(w) // 4) % 6


def expected(c, metric, order="morf", **given):
    """The value by the loops, from the same settings."""
    s = {"steps": 32, "start": 0.0, "stop": 1.0, "unit": "pixel", "region": 8, "pool": "mean", "sign": "signed"}
    s |= {"fill": "blur" if metric == "insertion" else "black", "link": "probability", "rule": "trapezoid"}
    s |= {"normalise": "none", "area": "under", "segments": None} | given
    insertion = metric == "insertion"
    units = partition(c.x, s["unit"], s["region"], s["segments"] if s["unit"] == "segment" else None)
    ranking = sequence(c.x, c.phi, units, s["unit"], s["pool"], s["sign"])
    if (order == "lerf") != insertion:
        ranking = ranking[::-1]
    gone = stops(len(units), s["steps"], s["start"], s["stop"], insertion=insertion)
    ys = curve(c.model, c.x, c.target, ranking, gone, s["fill"], s["link"])
    size = {"none": 1, "whole": score(c.model, c.x, c.target, s["link"]), "max": max(ys)}[s["normalise"]]
    xs = [1 - k / len(units) if insertion else k / len(units) for k in gone]
    return area(xs, [y / size for y in ys], s["rule"], s["area"])


def found(c, metric, **settings):
    return float(hp.score(c.model, c.images, c.maps, metric, target=c.target, **settings))


def agree(c, metric, **settings):
    assert found(c, metric, **settings) == pytest.approx(expected(c, metric, **settings), rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("order", ["morf", "lerf"])
@TWENTY
def test_deletion_and_insertion(number, order):
    settings = {"steps": STEPS[number % 5], "fill": FILLS[number // 4], "link": LINKS[number % 4]}
    for metric in ("deletion", "insertion"):
        agree(case(number), metric, order=order, **settings)


@pytest.mark.parametrize("sign", ["signed", "absolute"])
@pytest.mark.parametrize("unit", ["pixel", "value", "region", "segment"])
@pytest.mark.parametrize("number", [1, 2, 7, 14])
def test_every_unit(number, unit, sign):
    c = case(number)
    settings = {"unit": unit, "sign": sign, "region": 3, "segments": labels_of(c), "pool": ["mean", "sum"][number % 2]}
    for metric in ("deletion", "insertion"):
        agree(c, metric, order=["morf", "lerf"][number // 2 % 2], steps=5, link="logit", **settings)


@pytest.mark.parametrize("area", ["under", "over"])
@pytest.mark.parametrize("rule", ["trapezoid", "mean"])
@pytest.mark.parametrize("normalise", ["none", "whole", "max"])
@pytest.mark.parametrize(("start", "stop"), [(0.0, 0.15), (0.25, 0.7), (0.5, 1.0), (0.0, 0.001)])
def test_a_stretch_of_the_curve_and_what_is_made_of_it(start, stop, normalise, rule, area):
    settings = {"start": start, "stop": stop, "normalise": normalise, "rule": rule, "area": area, "steps": 9}
    for metric in ("deletion", "insertion"):
        agree(case(9), metric, **settings)


@TWENTY
def test_symmetric_relevance_gain(number):
    c = case(number)
    settings = {"steps": [3, 8, 64][number % 3], "fill": FILLS[number // 4], "link": LINKS[number % 4]}
    settings |= {"unit": ["pixel", "value"][number % 2], "stop": [1.0, 0.4][number % 2]}
    gain = expected(c, "deletion", order="lerf", **settings) - expected(c, "deletion", **settings)
    assert found(c, "srg", **settings) == pytest.approx(gain, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("number", [1, 4])
def test_defaults(number):
    for metric in ("deletion", "insertion"):
        agree(case(number), metric)


@pytest.mark.parametrize("unit", ["pixel", "value", "region"])
@pytest.mark.parametrize("number", range(6))
def test_ties_are_broken_by_the_image_and_not_by_the_raster(number, unit):
    c = case(number)
    c = c._replace(phi=(c.phi > 0).double())
    agree(c, "deletion", steps=16, link="logit", unit=unit, region=2)


@pytest.mark.parametrize("number", [1, 4, 5, 10])
def test_neighbours(number):
    c = case(number)
    for metric in ("deletion", "insertion"):
        agree(c, metric, fill="neighbours", steps=6, link="logit")
    agree(c, "deletion", fill="neighbours", steps=4, unit="value", link="logit")
