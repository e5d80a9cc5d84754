"""Gradient methods against plain loops: one gradient at a time, as the papers write them."""

import pytest
import torch
from restated import fill, gradient, noise
from small_cases import TWENTY, case, close, normalising

import heatproof as hp


def explained(c, method, **settings):
    return hp.explain(c.model, c.images, method, target=c.target, **settings)[0]


SCALES = ["absolute", "range", "normalised", "normalised_range"]


def cloud(c, sigma, n, scale):
    """The noisy copies; each channel has a deviation of its own where the model divides it by a number of its own."""
    seen = (c.x - c.zero) / c.unit
    s = {
        "absolute": torch.full_like(c.unit, sigma),
        "range": torch.full_like(c.unit, sigma) * (c.x.max() - c.x.min()),
        "normalised": sigma * c.unit,
        "normalised_range": sigma * (seen.max() - seen.min()) * c.unit,
    }[scale]
    return [c.x + s * e for e in noise(c.x, n)]


@TWENTY
def test_gradient(number):
    c = case(number)
    g = gradient(c.model, c.x, c.target)
    close(explained(c, "gradient"), g)
    close(explained(c, "gradient", absolute=True), g.abs())


@TWENTY
def test_input_x_gradient(number):
    c = case(number)
    close(explained(c, "input_x_gradient"), c.x * gradient(c.model, c.x, c.target))
    name = ["black", "mean", "blur", "uniform", "unit_uniform"][number % 5]
    expected = (c.x - fill(c.x, name)) * gradient(c.model, c.x, c.target)
    close(explained(c, "input_x_gradient", baseline=name), expected)


@TWENTY
def test_smoothgrad_and_its_square_and_variance(number):
    c, n, scale = case(number), 5 + number, SCALES[number % 4]
    settings = {"sigma": 0.1 + 0.02 * number, "n": n, "scale": scale}
    gradients = [gradient(c.model, z, c.target) for z in cloud(c, settings["sigma"], n, scale)]
    mean, size = sum(gradients) / n, sum(g.abs() for g in gradients) / n
    close(explained(c, "smoothgrad", **settings), mean)
    close(explained(c, "smoothgrad", absolute=True, **settings), size)
    close(explained(c, "smoothgrad_squared", **settings), sum(g * g for g in gradients) / n)
    close(explained(c, "vargrad", **settings), sum((g - mean) * (g - mean) for g in gradients) / n)
    close(explained(c, "vargrad", absolute=True, **settings), sum((g.abs() - size) ** 2 for g in gradients) / n)


@TWENTY
def test_smooth_taylor(number):
    c, n, scale = case(number), 5 + number, SCALES[number % 4]
    roots = cloud(c, 0.5, n, scale)
    expected = sum((c.x - z) * gradient(c.model, z, c.target) for z in roots) / n
    close(explained(c, "smooth_taylor", n=n, scale=scale), expected)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_model_that_normalises(number, scale):
    """Noise, gradients and zero in units of the network behind the normalisation; cases 1 and 2 have three channels."""
    c, n = normalising(number), 6
    unit = {"unit": "normalised"}
    close(explained(c, "gradient", **unit), gradient(c.inner, (c.x - c.zero) / c.unit, c.target))
    zero = (c.x - c.zero) * gradient(c.model, c.x, c.target)
    close(explained(c, "input_x_gradient", baseline="zero"), zero)
    gradients = [c.unit * gradient(c.model, z, c.target) for z in cloud(c, 0.2, n, scale)]
    mean, size = sum(gradients) / n, sum(g.abs() for g in gradients) / n
    settings = {"sigma": 0.2, "n": n, "scale": scale, **unit}
    close(explained(c, "smoothgrad", **settings), mean)
    close(explained(c, "smoothgrad_squared", **settings), sum(g * g for g in gradients) / n)
    close(explained(c, "vargrad", absolute=True, **settings), sum((g.abs() - size) ** 2 for g in gradients) / n)


def test_defaults_are_those_of_the_papers():
    c = case(1)
    fifteen_percent = [gradient(c.model, z, c.target) for z in cloud(c, 0.15, 50, "range")]
    close(explained(c, "smoothgrad"), sum(fifteen_percent) / 50)
    c = normalising(1)
    roots = cloud(c, 0.5, 150, "normalised")
    close(explained(c, "smooth_taylor"), sum((c.x - z) * gradient(c.model, z, c.target) for z in roots) / 150)
