"""Sensitivity-n, on pixels, values and segments, infidelity and completeness: one set or perturbation at a time."""

import itertools

import numpy as np
import pytest
import torch
from reading_of import readings
from restated import correlation, fill, noise, score
from small_cases import TWENTY, case
from torch import nn

import heatproof as hp
from heatproof.models.classifier import Normalised
from heatproof.models.input import InputSpec
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw, stream
from heatproof.vocabulary.segments import segmented

LINKS = ["logit", "probability", "log_probability", "margin"]
FILLS = ["black", "mean", "blur", "uniform", 0.4]


def found(c, metric, **settings):
    return float(hp.score(c.model, c.images, c.maps, metric, target=c.target, **settings))


def random_sets(x, size, n, pixels=None):
    """The sets of the recipe: the first pixels of random permutations, eight from each stream."""
    found, pixels = [], pixels or x.shape[1] * x.shape[2]
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


@TWENTY
def test_sensitivity_n_with_random_sets_of_values(number):
    c = case(number)
    name, link, size, subsets = FILLS[number % 5], LINKS[number // 5], 3 + number, 9 + number
    gone, whole, relevance, falls = fill(c.x, name), score(c.model, c.x, c.target, link), [], []
    for chosen in random_sets(c.x, size, subsets, c.x.numel()):
        z = c.x.flatten().clone()
        z[chosen] = gone.flatten()[chosen]
        relevance.append(sum(float(c.phi.flatten()[v]) for v in chosen))
        falls.append(whole - score(c.model, z.view_as(c.x), c.target, link))
    settings = {"n": size, "subsets": subsets, "fill": name, "link": link, "unit": "value"}
    assert found(c, "sensitivity_n", **settings) == pytest.approx(correlation(relevance, falls), rel=1e-8)


def segments_without(x, m, size, n):
    """Sets of segments of the recipe: those with the smallest random numbers."""
    name = (0, Image.of(x).id, "segments", f"sets of {size}", m)
    u = draw(name, 0, n, torch.zeros(m, dtype=torch.float64), "uniform", drawn=torch.float64)
    return [sorted(range(m), key=row.__getitem__)[:size] for row in u.tolist()]


def without(x, labels, chosen, gone):
    z = x.clone()
    for s in chosen:
        z[:, labels == s] = gone[:, labels == s]
    return z


@TWENTY
def test_segment_sensitivity_n(number):
    c = case(number)
    name, link, sizes, subsets = FILLS[number % 5], LINKS[number // 5], 1 + number % 4, 7 + number
    kind, of, low, asked = ["sum", "mean"][number % 2], ["found", "asked"][number % 3 == 0], 0.1 + 0.01 * number, 12
    labels = segmented(Image.of(c.x), asked).labels[0]
    m = int(labels.max()) + 1
    worth = [float(c.phi[:, labels == s].sum()) for s in range(m)]
    if kind == "mean":
        worth = [v / int((labels == s).sum()) for s, v in enumerate(worth)]
    gone, whole, values = fill(c.x, name), score(c.model, c.x, c.target, link), []
    total = asked if of == "asked" else m
    counts = sorted({max(1, int(share * total)) for share in np.linspace(low, 0.5, sizes)})
    for size in counts:
        sets = segments_without(c.x, m, size, subsets)
        falls = [whole - score(c.model, without(c.x, labels, chosen, gone), c.target, link) for chosen in sets]
        values.append(correlation([sum(worth[s] for s in chosen) for chosen in sets], falls))
    settings = {"segments": asked, "low": low, "sizes": sizes, "subsets": subsets, "relevance": kind, "of": of}
    settings |= {"fill": name, "link": link}
    assert found(c, "segment_sensitivity_n", **settings) == pytest.approx(np.mean(values), rel=1e-8)
    (reading,) = readings(c.model, c.images, c.maps, "segment_sensitivity_n", target=c.target, **settings)
    assert reading.curves["segment_sensitivity_n"].y == pytest.approx(values, rel=1e-8)
    assert reading.curves["segment_sensitivity_n"].x == [n / m for n in counts]


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


def perturbed(c, kind, name, sigma, side, n):
    """The points x - I; `side` is that of the square, or the number of segments."""
    gone = fill(c.x, name)
    if kind == "noisy_baseline":
        return [gone + sigma * e for e in noise(c.x, n, "infidelity")]
    if kind == "gaussian":
        return [c.x + sigma * e for e in noise(c.x, n, "infidelity")]
    if kind == "segment":
        labels = segmented(Image.of(c.x), 15).labels[0]
        return [without(c.x, labels, s, gone) for s in segments_without(c.x, int(labels.max()) + 1, side, n)]
    points, (_, height, width) = [], c.x.shape
    like, stream_ = torch.zeros(2, dtype=torch.float64), (0, Image.of(c.x).id, "squares", side)
    for u, v in draw(stream_, 0, n, like, "uniform", drawn=torch.float64):
        z, top, left = c.x.clone(), int(u * (height - side + 1)), int(v * (width - side + 1))
        z[:, top : top + side, left : left + side] = gone[:, top : top + side, left : left + side]
        points.append(z)
    return points


@pytest.mark.parametrize("kind", ["noisy_baseline", "gaussian", "square", "segment"])
@TWENTY
def test_infidelity(number, kind):
    c = case(number)
    sigma, side, n, link = 0.1 + 0.02 * number, 1 + number % 5, 6 + number, LINKS[number // 5]
    whole, name, clamp = score(c.model, c.x, c.target, link), FILLS[number % 5], number % 2 == 1
    points = perturbed(c, kind, name, sigma, side, n)
    if clamp:
        low, high = min(c.x.flatten().tolist()), max(c.x.flatten().tolist())
        points = [torch.tensor(np.clip(z.numpy(), low, high)) for z in points]
    predicted = [float(((c.x - z) * c.phi).sum()) for z in points]
    falls = [whole - score(c.model, z, c.target, link) for z in points]
    beta = sum(p * d for p, d in zip(predicted, falls, strict=True)) / sum(p * p for p in predicted)
    settings = {"perturbation": kind, "sigma": sigma, "square": side, "segments": 15, "removed": side, "n": n}
    settings |= {"baseline": name, "clamp": clamp, "link": link}
    for scale, b in (("optimal", beta), ("none", 1.0)):
        expected = np.mean([(b * p - d) ** 2 for p, d in zip(predicted, falls, strict=True)])
        assert found(c, "infidelity", scale=scale, **settings) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("kind", ["noisy_baseline", "gaussian"])
def test_noise_in_units_of_the_model_around_its_own_zero(kind):
    c = case(2, convolutional=True)
    mean, std = torch.tensor([0.4, 0.5, 0.6]).double(), torch.tensor([0.2, 0.3, 0.5]).double()
    spec = InputSpec(3, *c.x.shape[1:], mean=tuple(mean.tolist()), std=tuple(std.tolist()))
    model = Normalised(c.model, spec).double()
    centre = c.x if kind == "gaussian" else mean.view(3, 1, 1)
    points = [centre + 0.2 * std.view(3, 1, 1) * e for e in noise(c.x, 30, "infidelity")]
    predicted = [float(((c.x - z) * c.phi).sum()) for z in points]
    falls = [score(model, c.x, 1) - score(model, z, 1) for z in points]
    expected = np.mean([(p - d) ** 2 for p, d in zip(predicted, falls, strict=True)])
    settings = {"perturbation": kind, "noise_scale": "normalised", "baseline": "zero", "scale": "none", "n": 30}
    value = float(hp.score(model, c.images, c.maps, "infidelity", target=1, **settings))
    assert value == pytest.approx(expected, rel=1e-6)  # the normalisation is kept in float32


@TWENTY
def test_completeness(number):
    c = case(number)
    name, link = FILLS[number % 5], LINKS[number // 5]
    change = score(c.model, c.x, c.target, link) - score(c.model, fill(c.x, name), c.target, link)
    expected = abs(sum(c.phi.flatten().tolist()) - change) / abs(change)
    assert found(c, "completeness", baseline=name, link=link) == pytest.approx(expected, rel=1e-8)
