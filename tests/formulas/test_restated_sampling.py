"""Sensitivity-n, infidelity and completeness against their definitions, one set or perturbation at a time."""

import itertools

import numpy as np
import pytest
import torch
from reading_of import readings
from restated import correlation, fill, noise, score
from small_cases import TWENTY, case
from torch import nn

import heatproof as hp
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw, stream

LINKS = ["logit", "probability", "log_probability", "margin"]
FILLS = ["black", "mean", "blur", "uniform", 0.4]


def found(c, metric, **settings):
    return float(hp.score(c.model, c.images, c.maps, metric, target=c.target, **settings))


def random_sets(x, size, n):
    """The sets of the recipe: the first pixels of random permutations, eight from each stream."""
    found, pixels = [], x.shape[1] * x.shape[2]
    while len(found) < n:
        generator = stream(0, Image.of(x).id, "subsets", size, len(found) // 8)
        found += [torch.randperm(pixels, generator=generator)[:size].tolist() for _ in range(8)]
    return found[:n]


def correlated(c, sets, name, link):
    """Correlation of the relevance of a set and the fall of the score without it."""
    width, gone = c.x.shape[2], fill(c.x, name)
    whole, relevance, falls = score(c.model, c.x, c.target, link), [], []
    for chosen in sets:
        z = c.x.clone()
        for p in chosen:
            z[:, p // width, p % width] = gone[:, p // width, p % width]
        relevance.append(sum(float(c.phi[:, p // width, p % width].sum()) for p in chosen))
        falls.append(whole - score(c.model, z, c.target, link))
    return correlation(relevance, falls)


@TWENTY
def test_sensitivity_n_with_random_sets_of_several_sizes(number):
    c = case(number)
    name, link, sizes, subsets = FILLS[number % 5], LINKS[number // 5], 1 + number % 4, 7 + number
    low, high = 0.1 + 0.01 * number, 0.5
    pixels = c.x[0].numel()
    counts = sorted({max(1, int(share * pixels)) for share in np.linspace(low, high, sizes)})
    values = [correlated(c, random_sets(c.x, n, subsets), name, link) for n in counts]
    settings = {"low": low, "high": high, "sizes": sizes, "subsets": subsets, "fill": name, "link": link}
    assert found(c, "sensitivity_n", **settings) == pytest.approx(np.mean(values), rel=1e-8)
    (reading,) = readings(c.model, c.images, c.maps, "sensitivity_n", target=c.target, **settings)
    assert reading.curves["sensitivity_n"].y == pytest.approx(values, rel=1e-8)
    assert reading.curves["sensitivity_n"].x == [n / pixels for n in counts]


@pytest.mark.parametrize("size", [1, 2, 33])
def test_sensitivity_n_with_all_sets(size):
    c = case(5)
    narrow = nn.Sequential(nn.Flatten(), nn.Linear(35, 6), nn.Tanh(), nn.Linear(6, 4)).double().requires_grad_(False)
    c = c._replace(x=c.x[:, :5, :7], phi=c.phi[:, :5, :7], model=narrow)
    sets = list(itertools.combinations(range(35), size))
    expected = correlated(c, sets, "black", "logit")
    assert found(c, "sensitivity_n", n=size, subsets="all") == pytest.approx(expected, rel=1e-8)


def test_every_random_set_has_its_size_and_no_pixel_is_preferred():
    x = case(0).x
    sets = random_sets(x, 20, 400)
    assert {len(set(chosen)) for chosen in sets} == {20}
    often = np.bincount([p for chosen in sets for p in chosen], minlength=x[0].numel())
    expected = 400 * 20 / x[0].numel()
    assert np.abs(often - expected).max() < 4.5 * np.sqrt(expected)


def perturbed(c, kind, sigma, side, n):
    """The points x - I."""
    if kind == "noisy_baseline":
        return [sigma * e for e in noise(c.x, n, "infidelity")]
    if kind == "gaussian":
        return [c.x + sigma * e for e in noise(c.x, n, "infidelity")]
    points, (_, height, width) = [], c.x.shape
    like, name = torch.zeros(2, dtype=torch.float64), (0, Image.of(c.x).id, "squares", side)
    for u, v in draw(name, 0, n, like, "uniform", drawn=torch.float64):
        z, top, left = c.x.clone(), int(u * (height - side + 1)), int(v * (width - side + 1))
        z[:, top : top + side, left : left + side] = 0
        points.append(z)
    return points


@pytest.mark.parametrize("kind", ["noisy_baseline", "gaussian", "square"])
@TWENTY
def test_infidelity(number, kind):
    c = case(number)
    sigma, side, n, link = 0.1 + 0.02 * number, 1 + number % 5, 6 + number, LINKS[number // 5]
    whole = score(c.model, c.x, c.target, link)
    points = perturbed(c, kind, sigma, side, n)
    predicted = [float(((c.x - z) * c.phi).sum()) for z in points]
    falls = [whole - score(c.model, z, c.target, link) for z in points]
    beta = sum(p * d for p, d in zip(predicted, falls, strict=True)) / sum(p * p for p in predicted)
    settings = {"perturbation": kind, "sigma": sigma, "square": side, "n": n, "link": link}
    for scale, b in (("optimal", beta), ("none", 1.0)):
        expected = np.mean([(b * p - d) ** 2 for p, d in zip(predicted, falls, strict=True)])
        assert found(c, "infidelity", scale=scale, **settings) == pytest.approx(expected, rel=1e-8)


@TWENTY
def test_completeness(number):
    c = case(number)
    name, link = FILLS[number % 5], LINKS[number // 5]
    change = score(c.model, c.x, c.target, link) - score(c.model, fill(c.x, name), c.target, link)
    expected = abs(sum(c.phi.flatten().tolist()) - change) / abs(change)
    assert found(c, "completeness", baseline=name, link=link) == pytest.approx(expected, rel=1e-8)
