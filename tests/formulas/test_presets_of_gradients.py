"""Presets of gradient and path methods against their sources, restated as these see it.

A source holds a network and the image that it normalised itself, u = (x - mean) / std; we hold the pixels x and the
network with its normalisation. `seen` is the source's case, and `e` the noise that both draw.
"""

import numpy as np
import pytest
import torch
from restated import fill, gradient, noise
from small_cases import close, normalising

import heatproof as hp
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.registry import formulas
from heatproof.vocabulary.rng import draw

NUMBERS = pytest.mark.parametrize("number", [1, 2])  # an MLP and a CNN, three channels


def seen(number):
    """(our case, the same case as the source has it)."""
    ours = normalising(number)
    return ours, ours._replace(model=ours.inner, x=(ours.x - ours.zero) / ours.unit)


def explained(c, method, preset, **more):
    return hp.explain(c.model, c.images, method, target=c.target, preset=preset, **more)[0]


def slope(s, z, link="logit"):
    return gradient(s.model, z, s.target, link)


def noisy(s, c, sigma, n):
    return [s.x + sigma * e for e in noise(c.x, n)]


def spread(s):
    return float(s.x.max() - s.x.min())


def path(s, x, b, points, link="logit"):
    """(x - b) times the weighted gradients at b + a (x - b), for the (a, weight) of `points`."""
    return (x - b) * sum(w * slope(s, b + a * (x - b), link) for a, w in points)


def both_ends(m):
    return [(k / (m - 1), 1 / m) for k in range(m)]


def legendre(m):
    nodes, weights = np.polynomial.legendre.leggauss(m)
    return zip((nodes + 1) / 2, weights / 2, strict=True)


@NUMBERS
@pytest.mark.parametrize(("source", "unsigned"), [("attribench2022", True), ("attribench2024", False)])
def test_attribench(source, unsigned, number):
    c, s = seen(number)

    def read(g):
        return g.abs() if unsigned else g

    close(explained(c, "gradient", source), read(slope(s, s.x)))
    close(explained(c, "input_x_gradient", source), s.x * slope(s, s.x))
    gradients = torch.stack([read(slope(s, z)) for z in noisy(s, c, 0.15, 50)])
    close(explained(c, "smoothgrad", source), gradients.mean(0))
    close(explained(c, "vargrad", source), gradients.var(0, correction=0))
    close(explained(c, "integrated_gradients", source), path(s, s.x, torch.zeros_like(s.x), legendre(25)))


@NUMBERS
def test_sanity_checks(number):
    c, s = seen(number)
    zeros, sigma = torch.zeros_like(s.x), 0.15 * spread(s)
    close(explained(c, "gradient", "sanity_checks"), slope(s, s.x))
    close(explained(c, "input_x_gradient", "sanity_checks"), s.x * slope(s, s.x))
    close(explained(c, "smoothgrad", "sanity_checks"), sum(slope(s, z) for z in noisy(s, c, sigma, 50)) / 50)
    close(explained(c, "integrated_gradients", "sanity_checks"), path(s, s.x, zeros, both_ends(50)))
    twenty_five = noisy(s, c, sigma, 25)
    mean = sum(path(s, z, zeros, both_ends(50)) for z in twenty_five) / 25
    close(explained(c, "ig_smoothgrad", "sanity_checks"), mean)
    variance = torch.stack([slope(s, z) for z in twenty_five]).var(0, correction=0)
    close(explained(c, "vargrad", "sanity_checks"), variance)


@NUMBERS
def test_sam(number):
    c, s = seen(number)
    close(explained(c, "gradient", "sam"), slope(s, s.x))
    close(explained(c, "input_x_gradient", "sam"), s.x * slope(s, s.x))
    points = noisy(s, c, 0.15 * spread(s), 50)
    close(explained(c, "smoothgrad", "sam"), sum(slope(s, z) for z in points) / 50)
    trapezoid = [(k / 50, (0.5 if k in (0, 50) else 1) / 50) for k in range(51)]
    starts = [(fill(c.x, "unit_uniform", i) - c.zero) / c.unit for i in range(10)]
    mean = sum(path(s, s.x, b, trapezoid, "probability") for b in starts) / 10
    close(explained(c, "integrated_gradients", "sam"), mean)


@NUMBERS
def test_smooth_taylor(number):
    c, s = seen(number)
    close(explained(c, "gradient", "smooth_taylor"), slope(s, s.x))
    points = noisy(s, c, 0.15 * spread(s), 50)
    close(explained(c, "smoothgrad", "smooth_taylor"), sum(slope(s, z) for z in points) / 50)
    roots = noisy(s, c, 0.5, 150)
    close(explained(c, "smooth_taylor", "smooth_taylor"), sum((s.x - z) * slope(s, z) for z in roots) / 150)
    black = (torch.zeros_like(c.x) - c.zero) / c.unit
    right = [(k / 50, 1 / 50) for k in range(1, 51)]
    close(explained(c, "integrated_gradients", "smooth_taylor"), path(s, s.x, black, right))


@NUMBERS
def test_pair(number):
    c, s = seen(number)
    close(explained(c, "gradient", "pair"), slope(s, s.x))
    points = noisy(s, c, 0.15 * spread(s), 25)
    close(explained(c, "smoothgrad", "pair"), sum(slope(s, z) for z in points) / 25)
    close(explained(c, "smoothgrad_squared", "pair"), sum(slope(s, z) ** 2 for z in points) / 25)
    expected = path(s, s.x, torch.zeros_like(s.x), both_ends(25))
    close(explained(c, "integrated_gradients", "pair"), expected)


@NUMBERS
@pytest.mark.parametrize(
    ("source", "n", "sigma"), [("attribench2022", 100, 0), ("attribench2024", 100, 0), ("latec", 40, 0.001)]
)
def test_expected_gradients(source, n, sigma, number):
    c, s = seen(number)
    reference = torch.rand(6, *c.x.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    name, like = (0, Image.of(c.x).id, "references"), torch.zeros(2, dtype=torch.float64)
    drawn, total = draw(name, 0, n, like, "uniform", drawn=torch.float64), torch.zeros_like(s.x)
    for (k, a), x in zip(drawn.tolist(), noisy(s, c, sigma, n), strict=True):
        b = (reference[int(k * 6)] - c.zero) / c.unit
        total += (x - b) * slope(s, b + a * (x - b))
    close(explained(c, "expected_gradients", source, reference=reference), total / n)


@NUMBERS
def test_latec(number):
    c, s = seen(number)
    close(explained(c, "integrated_gradients", "latec"), path(s, s.x, torch.zeros_like(s.x), legendre(30)))


def test_a_setting_beside_a_preset_wins():
    c, s = seen(1)
    points = noisy(s, c, 0.15, 7)
    mean = sum(slope(s, z) for z in points) / 7
    close(explained(c, "smoothgrad", "attribench2022", absolute=False, n=7), mean)


@pytest.mark.parametrize("method", [m for m, f in formulas("method").items() if f.claims.presets])
def test_every_preset_holds_settings_that_the_method_takes(method):
    formula = formulas("method")[method]
    for name, settings in formula.claims.presets.items():
        bound = formula.bind({"preset": name})
        assert {key: bound[key] for key in settings} == dict(settings)
