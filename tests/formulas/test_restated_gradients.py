"""Gradient methods against plain loops: one gradient at a time, as the papers write them."""

import numpy as np
import pytest
import torch
from restated import fill, gradient, noise
from small_cases import TWENTY, case, close

import heatproof as hp


def explained(c, method, **settings):
    return hp.explain(c.model, c.images, method, target=c.target, **settings)[0]


def cloud(c, sigma, n, *, relative):
    spread = float(c.x.max() - c.x.min()) if relative else 1.0
    return [c.x + sigma * spread * e for e in noise(c.x, n)]


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


@TWENTY
def test_smoothgrad_and_its_square_and_variance(number):
    c, n, relative = case(number), 5 + number, number % 3 > 0
    settings = {"sigma": 0.1 + 0.02 * number, "n": n, "relative": relative}
    points = cloud(c, settings["sigma"], n, relative=relative)
    gradients = [gradient(c.model, z, c.target) for z in points]
    mean = sum(gradients) / n
    close(explained(c, "smoothgrad", **settings), mean)
    close(explained(c, "smoothgrad_squared", **settings), sum(g * g for g in gradients) / n)
    close(explained(c, "vargrad", **settings), sum((g - mean) * (g - mean) for g in gradients) / n)


@TWENTY
def test_smooth_taylor(number):
    c, n, relative = case(number), 5 + number, number % 3 == 0
    roots = cloud(c, 0.5, n, relative=relative)
    expected = sum((c.x - z) * gradient(c.model, z, c.target) for z in roots) / n
    close(explained(c, "smooth_taylor", n=n, relative=relative), expected)


def test_defaults_are_those_of_the_papers():
    c = case(1)
    fifteen_percent = [gradient(c.model, z, c.target) for z in cloud(c, 0.15, 50, relative=True)]
    close(explained(c, "smoothgrad"), sum(fifteen_percent) / 50)
    roots = cloud(c, 0.5, 150, relative=False)
    close(explained(c, "smooth_taylor"), sum((c.x - z) * gradient(c.model, z, c.target) for z in roots) / 150)


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
    shift = {"left": 0, "midpoint": 0.5, "right": 1}[rule]
    return [(i + shift) / m for i in range(m)], [1 / m] * m


RULES = ["gauss-legendre", "trapezoid", "left", "right", "midpoint"]


@TWENTY
def test_integrated_gradients(number):
    c, m, rule = case(number), 3 + number, RULES[number % 5]
    name = ["black", "mean", "blur", "uniform", 0.3][number // 4]
    b = fill(c.x, name)
    average = torch.zeros_like(c.x)
    for share, weight in zip(*path(rule, m), strict=True):
        average += weight * gradient(c.model, b + share * (c.x - b), c.target)
    settings = {"steps": m, "rule": rule, "baseline": name}
    close(explained(c, "integrated_gradients", **settings), (c.x - b) * average)
    close(explained(c, "integrated_gradients", multiply_by_inputs=False, **settings), average)


@pytest.mark.parametrize("given", ["tensor", "list", "one channel"])
def test_integrated_gradients_from_given_pixels(given):
    c = case(3)
    b = c.phi if given != "one channel" else c.phi[:1].expand_as(c.x)
    average = sum(w * gradient(c.model, b + a * (c.x - b), c.target) for a, w in zip(*path("left", 4), strict=True))
    baseline = {"tensor": c.phi, "list": c.phi.tolist(), "one channel": c.phi[:1]}[given]
    found = explained(c, "integrated_gradients", baseline=baseline, steps=4, rule="left")
    close(found, (c.x - b) * average)
