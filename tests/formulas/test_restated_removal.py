"""Deletion, insertion and symmetric relevance gain against loops over pixels."""

import pytest
import torch
from restated import fill, score
from small_cases import TWENTY, case

import heatproof as hp
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import stream

LINKS = ["logit", "probability", "log_probability", "margin"]
FILLS = ["black", "mean", "blur", "uniform", 0.4]


def ranked(phi):
    """Pixels (i, j), the most relevant first."""
    heat = phi.sum(0)
    places = [(i, j) for i in range(heat.shape[0]) for j in range(heat.shape[1])]
    return sorted(places, key=lambda p: -float(heat[p]))


def counts(pixels, steps):
    steps = min(steps, pixels)
    return [round(k * pixels / steps) for k in range(steps + 1)]


def area(xs, ys):
    return sum((b - a) * (p + q) / 2 for a, b, p, q in zip(xs, xs[1:], ys, ys[1:], strict=False))


def deletion(c, order, steps, name, link):
    """Remove the first pixels of the order with all their channels, one share after another."""
    gone, pixels = fill(c.x, name), len(order)
    ys = []
    for k in counts(pixels, steps):
        z = c.x.clone()
        for i, j in order[:k]:
            z[:, i, j] = gone[:, i, j]
        ys.append(score(c.model, z, c.target, link))
    return area([k / pixels for k in counts(pixels, steps)], ys)


def insertion(c, order, steps, name, link):
    """Start from the fill and put the first pixels of the order back."""
    gone, pixels = fill(c.x, name), len(order)
    shares = [pixels - k for k in reversed(counts(pixels, steps))]
    ys = []
    for k in shares:
        z = gone.clone()
        for i, j in order[:k]:
            z[:, i, j] = c.x[:, i, j]
        ys.append(score(c.model, z, c.target, link))
    return area([k / pixels for k in shares], ys)


def found(c, metric, **settings):
    return float(hp.score(c.model, c.images, c.maps, metric, target=c.target, **settings))


@pytest.mark.parametrize("order", ["morf", "lerf"])
@TWENTY
def test_deletion_and_insertion(number, order):
    c = case(number)
    ranking = ranked(c.phi) if order == "morf" else ranked(c.phi)[::-1]
    settings = {"steps": [1, 2, 7, 32, 1000][number % 5], "fill": FILLS[number // 4], "link": LINKS[number % 4]}
    given = tuple(settings.values())
    assert found(c, "deletion", order=order, **settings) == pytest.approx(deletion(c, ranking, *given), rel=1e-8)
    assert found(c, "insertion", order=order, **settings) == pytest.approx(insertion(c, ranking, *given), rel=1e-8)


@TWENTY
def test_symmetric_relevance_gain(number):
    c = case(number)
    settings = {"steps": [3, 8, 64][number % 3], "fill": FILLS[number // 4], "link": LINKS[number % 4]}
    given = tuple(settings.values())
    expected = deletion(c, ranked(c.phi)[::-1], *given) - deletion(c, ranked(c.phi), *given)
    assert found(c, "srg", **settings) == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_defaults():
    c = case(4)
    order = ranked(c.phi)
    assert found(c, "deletion") == pytest.approx(deletion(c, order, 32, "black", "probability"), rel=1e-8)
    assert found(c, "insertion") == pytest.approx(insertion(c, order, 32, "blur", "probability"), rel=1e-8)


@TWENTY
def test_ties_are_broken_by_the_image_and_not_by_the_raster(number):
    c = case(number)
    c = c._replace(phi=(c.phi > 0).double())
    heat, (_, h, w) = c.phi.sum(0), c.phi.shape
    shuffled = torch.randperm(h * w, generator=stream(0, Image.of(c.x).id, "ties")).tolist()
    order = sorted(((p // w, p % w) for p in shuffled), key=lambda p: -float(heat[p]))
    expected = deletion(c, order, 16, "black", "logit")
    assert found(c, "deletion", steps=16, link="logit") == pytest.approx(expected, rel=1e-8)
