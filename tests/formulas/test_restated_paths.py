"""Methods along paths against plain loops: one gradient at a time, as the papers write them."""

import numpy as np
import pytest
import torch
from restated import fill, gradient, noise, score
from small_cases import TWENTY, case, close, normalising

import heatproof as hp
from heatproof.vocabulary.clouds import deviation
from heatproof.vocabulary.fills import fills_for
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Cloud
from heatproof.vocabulary.references import Between
from heatproof.vocabulary.rng import draw


def explained(c, method, **settings):
    return hp.explain(c.model, c.images, method, target=c.target, **settings)[0]


def legendre(m):
    """Zeros of the Legendre polynomial P_m by Newton's method, and the weights 2 / ((1 - t^2) P_m'(t)^2)."""
    nodes, weights = [], []
    for i in range(m):
        t = -np.cos(np.pi * (i + 0.75) / (m + 0.5))
        for _ in range(50):
            before, p = 1.0, t
            for k in range(2, m + 1):
                before, p = p, ((2 * k - 1) * t * p - (k - 1) * before) / k
            slope = m * (t * p - before) / (t * t - 1) if m > 1 else 1.0
            t -= (p if m > 1 else t) / slope
        nodes.append((t + 1) / 2)
        weights.append(1 / ((1 - t * t) * slope**2))
    return nodes, weights


def path(rule, m):
    """Where the path is sampled, and with which weights."""
    if rule == "gauss-legendre":
        return legendre(m)
    if rule == "trapezoid":
        return [i / (m - 1) for i in range(m)], [(0.5 if i in (0, m - 1) else 1) / (m - 1) for i in range(m)]
    if rule == "endpoints":
        return [i / (m - 1) for i in range(m)], [1 / m] * m
    shift = {"left": 0, "midpoint": 0.5, "right": 1}[rule]
    return [(i + shift) / m for i in range(m)], [1 / m] * m


RULES = ["gauss-legendre", "trapezoid", "left", "right", "midpoint", "endpoints"]


def averaged(c, x, b, rule, m, link="logit"):
    """The gradient averaged along the path from b to x."""
    points = zip(*path(rule, m), strict=True)
    return sum(weight * gradient(c.model, b + share * (x - b), c.target, link) for share, weight in points)


@TWENTY
def test_integrated_gradients(number):
    c, m, rule = case(number), 3 + number, RULES[number % 6]
    name, link = ["black", "mean", "blur", "uniform", 0.3][number // 4], ["logit", "probability"][number % 2]
    b = fill(c.x, name)
    average = averaged(c, c.x, b, rule, m, link)
    settings = {"steps": m, "rule": rule, "baseline": name, "link": link}
    close(explained(c, "integrated_gradients", **settings), (c.x - b) * average)
    close(explained(c, "integrated_gradients", multiply_by_inputs=False, **settings), average)


@pytest.mark.parametrize("name", ["uniform", "unit_uniform"])
@pytest.mark.parametrize("number", [2, 7])
def test_integrated_gradients_from_several_random_baselines(number, name):
    c, rule = case(number), RULES[number % 6]
    starts = [fill(c.x, name, i) for i in range(9)]
    maps = [(c.x - b) * averaged(c, c.x, b, rule, 4) for b in starts]
    settings = {"baseline": name, "steps": 4, "rule": rule}
    for draws in (1, 2, 9):
        found = explained(c, "integrated_gradients", baselines=draws, **settings)
        close(found, sum(maps[:draws]) / draws)
    assert float((maps[0] - maps[8]).abs().max()) > 0.01


def test_unit_uniform_is_uniform_on_zero_to_one_whatever_the_image():
    image = Image.of(5 * torch.rand(3, 40, 50, generator=torch.Generator().manual_seed(4)) + 2)
    draws = [filled.pixels for filled in fills_for(image, "unit_uniform", 12)]
    values = torch.stack(draws)
    assert 0 <= float(values.min()) < 0.001 < 0.999 < float(values.max()) < 1
    assert float(values.mean()) == pytest.approx(0.5, abs=4.5 * (1 / 12 / values.numel()) ** 0.5)
    assert len({filled.key for filled in fills_for(image, "unit_uniform", 12)}) == 12
    assert torch.equal(draws[0], next(fills_for(image, "unit_uniform", 1)).pixels)


@pytest.mark.parametrize("baseline", ["black", "blur", 0.5, [[[0.1]]]])
def test_a_baseline_that_is_always_the_same_is_not_drawn_twice(baseline):
    with pytest.raises(hp.HeatproofError, match=r"HP105.*baselines"):
        explained(case(0), "integrated_gradients", baseline=baseline, baselines=2)


def test_integrated_gradients_of_a_model_that_normalises():
    """Black is black; zero is what the normalisation maps to 0, so that the network behind it starts from zeros."""
    c = normalising(1)
    black = c.x * averaged(c, c.x, torch.zeros_like(c.x), "right", 6)
    close(explained(c, "integrated_gradients", baseline="black", rule="right", steps=6), black)
    behind = c._replace(model=c.inner, x=(c.x - c.zero) / c.unit)
    zero = behind.x * averaged(behind, behind.x, torch.zeros_like(c.x), "right", 6)
    close(explained(c, "integrated_gradients", baseline="zero", rule="right", steps=6), zero)


@pytest.mark.parametrize("given", ["tensor", "list", "one channel"])
def test_integrated_gradients_from_given_pixels(given):
    c = case(3)
    b = c.phi if given != "one channel" else c.phi[:1].expand_as(c.x)
    average = sum(w * gradient(c.model, b + a * (c.x - b), c.target) for a, w in zip(*path("left", 4), strict=True))
    baseline = {"tensor": c.phi, "list": c.phi.tolist(), "one channel": c.phi[:1]}[given]
    found = explained(c, "integrated_gradients", baseline=baseline, steps=4, rule="left")
    close(found, (c.x - b) * average)


@TWENTY
def test_ig_smoothgrad(number):
    c, n, m, rule = case(number), 2 + number % 9, 3 + number % 4, RULES[number % 6]
    name = ["black", "mean", "blur", "uniform", 0.3][number // 4]
    scale, spread = [("range", float(c.x.max() - c.x.min())), ("absolute", 1.0)][number % 2]
    b, total = fill(c.x, name), torch.zeros_like(c.x)
    for e in noise(c.x, n):
        z = c.x + 0.2 * spread * e
        total += (z - b) * averaged(c, z, b, rule, m)
    settings = {"sigma": 0.2, "n": n, "scale": scale, "baseline": name, "steps": m, "rule": rule}
    close(explained(c, "ig_smoothgrad", **settings), total / n)


def test_defaults_of_ig_smoothgrad_are_those_of_the_notebooks():
    c = case(1)
    noisy = [c.x + 0.15 * float(c.x.max() - c.x.min()) * e for e in noise(c.x, 25)]
    expected = sum(z * averaged(c, z, torch.zeros_like(z), "gauss-legendre", 50) for z in noisy) / 25
    close(explained(c, "ig_smoothgrad"), expected)


def references(c, n, count, seed=0):
    """(index of the reference, share of the way) of each of n points."""
    name, like = (seed, Image.of(c.x).id, "references"), torch.zeros(2, dtype=torch.float64)
    drawn = draw(name, 0, n, like, "uniform", drawn=torch.float64)
    return [(int(u * count), float(v)) for u, v in drawn.tolist()]


def others(c, count, seed=5):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, *c.x.shape, generator=generator, dtype=c.x.dtype)


@TWENTY
def test_expected_gradients(number):
    c, n, count = case(number), 3 + number, 1 + number % 7
    reference, sigma = others(c, count), [0.0, 0.1, 0.0, 0.2][number % 4]
    total = torch.zeros_like(c.x)
    for (k, a), e in zip(references(c, n, count), noise(c.x, n), strict=True):
        b, x = reference[k], c.x + sigma * e
        total += (x - b) * gradient(c.model, b + a * (x - b), c.target)
    close(explained(c, "expected_gradients", reference=reference, n=n, sigma=sigma), total / n)


def test_the_noise_of_expected_gradients_in_units_of_the_normalisation():
    c, n = normalising(1), 6
    reference, total = others(c, 3), torch.zeros_like(c.x)
    for (k, a), e in zip(references(c, n, 3), noise(c.x, n), strict=True):
        b, x = reference[k], c.x + 0.3 * c.unit * e
        total += (x - b) * gradient(c.model, b + a * (x - b), c.target)
    close(explained(c, "expected_gradients", reference=reference, n=n, sigma=0.3, scale="normalised"), total / n)


def test_every_reference_is_drawn_as_often_and_every_share_is_as_likely():
    drawn = references(case(0), 4000, 5)
    often = np.bincount([k for k, _ in drawn], minlength=5)
    assert np.abs(often - 800).max() < 4.5 * np.sqrt(800 * 0.8)
    shares = np.array([a for _, a in drawn])
    assert abs(shares.mean() - 0.5) < 4.5 * (1 / 12 / 4000) ** 0.5
    assert abs(np.square(shares).mean() - 1 / 3) < 4.5 * (4 / 45 / 4000) ** 0.5
    assert abs(np.corrcoef([k for k, _ in drawn], shares)[0, 1]) < 4.5 / 4000**0.5


@pytest.mark.parametrize("shape", [(0, 3, 5, 8), (2, 1, 5, 8), (2, 3, 5, 7), (3, 5, 8)])
def test_references_that_do_not_fit_are_refused(shape):
    c = case(1)
    with pytest.raises(hp.HeatproofError):
        explained(c, "expected_gradients", reference=torch.zeros(shape, dtype=torch.float64), n=2)


def test_expected_gradients_sum_to_the_change_from_the_mean_reference():
    c, count = case(1), 3
    reference = others(c, count)
    found = explained(c, "expected_gradients", reference=reference, n=3000, batch=512)
    changes = [score(c.model, c.x, c.target) - score(c.model, b, c.target) for b in reference]
    spread = max(abs(v) for v in changes)
    assert float(found.sum()) == pytest.approx(np.mean(changes), abs=0.1 * spread)


@pytest.mark.parametrize("sigma", [0.0, 0.2, (0.1, 0.2, 0.3)])
def test_a_point_between_references_and_image_does_not_depend_on_how_many_there_are(sigma):
    c = case(1)
    reference, image = others(c, 3), Image.of(c.x)
    few, many = (Between(Cloud(image, sigma, n), reference) for n in (11, 40))
    assert few.key == many.key
    assert few.key != Between(Cloud(image, sigma, 11), others(c, 3, seed=6)).key
    assert few.key != Between(Cloud(image, 0.7, 11), reference).key
    whole = many.all()
    assert torch.equal(few.all(), whole[:11])
    for start, stop in ((0, 1), (5, 21), (8, 16), (39, 40)):
        assert torch.equal(many.rows(start, stop).z, whole[start:stop])
        b, way = many.ways(start, stop)
        share = (whole[start:stop] - b) / way
        torch.testing.assert_close(share.amax((1, 2, 3)), share.amin((1, 2, 3)))
    assert not torch.equal(Between(Cloud(image.reseeded(1), sigma, 1), reference).all()[0], whole[0])


def test_deviations_of_channels_that_are_equal_are_one_number():
    """So that noise in different units meets in one key where it is the same noise."""
    x = case(1).x
    unit = torch.tensor([0.25, 0.25, 0.25]).view(3, 1, 1)
    same, apart = (Image.of(x, 0, (unit, std)) for std in (unit, unit * unit.cumsum(0)))
    assert deviation(same, 0.2, "normalised") == 0.05 == deviation(same, 0.05, "absolute")
    assert deviation(same, 0.2, "normalised_range") == pytest.approx(deviation(same, 0.2, "range"), rel=1e-12)
    assert len(set(deviation(apart, 0.2, "normalised"))) == 3
    assert deviation(apart, 0.0, "normalised") == 0
    hash(Cloud(apart, deviation(apart, 0.2, "normalised"), 3).key)
