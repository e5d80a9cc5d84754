"""Gini, entropy and total variation against other forms of the same definitions."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from reading_of import readings
from scipy.integrate import simpson
from scipy.ndimage import gaussian_filter
from skimage.transform import pyramid_gaussian
from small_cases import TWENTY, case

import heatproof as hp
from heatproof.vocabulary.variation import pyramid


def found(c, metric, **settings):
    return float(hp.score(c.model, c.images, c.maps, metric, target=c.target, **settings))


def amounts(phi):
    return [abs(float(v)) for v in phi.sum(0).flatten()]


@TWENTY
def test_gini_is_half_the_relative_mean_difference(number):
    c = case(number)
    a = amounts(c.phi)
    differences = sum(abs(p - q) for p in a for q in a)
    assert found(c, "gini") == pytest.approx(differences / (2 * len(a) * sum(a)), rel=1e-8)


@TWENTY
def test_entropy(number):
    c = case(number)
    phi = c.phi * (c.phi > -0.5) if number % 2 else c.phi.clamp_min(0) * (c.phi.sum(0) > 0)
    c = c._replace(phi=phi)
    a = amounts(c.phi)
    expected = -sum(v / sum(a) * math.log(v / sum(a)) for v in a if v)
    assert found(c, "entropy") == pytest.approx(expected, rel=1e-8)


def percentile(values, share):
    """Linear interpolation between the sorted values."""
    v, at = sorted(values), share / 100 * (len(values) - 1)
    low = int(at)
    return v[low] + (at - low) * (v[min(low + 1, len(v) - 1)] - v[low])


def variation(m, p, share):
    """Absolute values cut off and scaled to [0, 1]; p-norms of the differences to the right and down, per pixel."""
    a = np.abs(m)
    low, high = a.min(), percentile(a.flatten().tolist(), share)
    a = np.minimum(np.maximum((a - low) / (high - low), 0), 1)
    h, w = a.shape
    right = sum(abs(a[i, j + 1] - a[i, j]) ** p for i in range(h) for j in range(w - 1)) ** (1 / p)
    down = sum(abs(a[i + 1, j] - a[i, j]) ** p for i in range(h - 1) for j in range(w)) ** (1 / p)
    return (right + down) / (h * w)


def coarser(m, factor):
    """One level down a Gaussian pyramid: smooth, then sample bilinearly at the centres of the larger pixels."""
    smooth = gaussian_filter(m, 2 * factor / 6, mode="reflect")
    h, w = (math.ceil(side / factor) for side in m.shape)
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            y, x = (i + 0.5) * m.shape[0] / h - 0.5, (j + 0.5) * m.shape[1] / w - 0.5
            top, left = min(int(y), m.shape[0] - 2), min(int(x), m.shape[1] - 2)
            t, s = y - top, x - left
            rows = smooth[top : top + 2, left : left + 2]
            out[i, j] = (1 - t) * ((1 - s) * rows[0, 0] + s * rows[0, 1]) + t * ((1 - s) * rows[1, 0] + s * rows[1, 1])
    return out


def either_end(y):
    """Simpson's rule; of an even number of points, the mean of leaving the last or the first to the trapezoid."""
    if len(y) % 2 or len(y) == 2:
        return simpson(y)
    return (simpson(y[:-1]) + (y[-2] + y[-1]) / 2 + (y[0] + y[1]) / 2 + simpson(y[1:])) / 2


@TWENTY
def test_total_variation_at_one_scale(number):
    c = case(number)
    p, share = 1 + number % 3, [99.0, 90.0, 100.0, 50.0][number // 5]
    expected = variation(c.phi.sum(0).numpy(), p, share)
    assert found(c, "total_variation", scales="one", norm=p, percentile=share) == pytest.approx(expected, rel=1e-8)


@TWENTY
def test_total_variation_over_the_pyramid(number):
    c = case(number)
    factor, smallest, p = [1.5, 1.3, 2.0][number % 3], 3 + number % 2, 1 + number % 2
    levels = [c.phi.sum(0).numpy()]
    for _ in range(10):
        following = coarser(levels[-1], factor)
        if min(following.shape) < smallest or following.shape == levels[-1].shape:
            break
        levels.append(following)
    values = [variation(level, p, 99.0) for level in levels]
    settings = {"downscale": factor, "smallest": smallest, "norm": p}
    (reading,) = readings(c.model, c.images, c.maps, "total_variation", target=c.target, **settings)
    assert reading.curves["scales"].y == pytest.approx(values, rel=1e-8)
    assert reading.curves["scales"].x == [min(level.shape) for level in levels]
    by_hand = sum((a + b) / 2 for a, b in pairwise(values)) if len(values) > 1 else values[0]
    assert found(c, "total_variation", rule="trapezoid", **settings) == pytest.approx(by_hand, rel=1e-8)
    corrected = found(c, "total_variation", rule="simpson_scipy", **settings)
    assert corrected == pytest.approx(simpson(values) if len(values) > 1 else values[0], rel=1e-8)
    assert reading.value == pytest.approx(either_end(values) if len(values) > 1 else values[0], rel=1e-8)


def test_a_map_below_the_smallest_size_has_one_scale():
    c = case(0)
    (reading,) = readings(c.model, c.images, c.maps, "total_variation", target=c.target)
    assert list(reading.curves["scales"].y) == [reading.value]
    assert reading.value == pytest.approx(variation(c.phi.sum(0).numpy(), 1, 99.0), rel=1e-8)
    assert torch.isfinite(torch.tensor(reading.value))


@pytest.mark.parametrize("shape", [(64, 64), (37, 61), (5, 40), (31, 30)])
@pytest.mark.parametrize("factor", [1.3, 1.5, 2.0, 3.7])
def test_the_pyramid_is_that_of_scikit_image(shape, factor):
    m = np.random.RandomState(shape[1]).randn(*shape)
    theirs = [level for level in pyramid_gaussian(m, downscale=factor) if min(level.shape) >= 2]
    mine = pyramid(m, factor, 2)
    assert [level.shape for level in mine] == [level.shape for level in theirs]
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_the_pyramid_ends_before_the_smallest_size_and_when_nothing_gets_smaller():
    m = np.random.RandomState(0).randn(44, 224)
    assert [level.shape for level in pyramid(m)] == [(44, 224), (30, 150)]
    assert [level.shape for level in pyramid(m[:43])] == [(43, 224)]
    assert pyramid(m[:2, :3], 1.01, 2)[-1].shape == (2, 3)
