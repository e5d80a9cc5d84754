"""Occlusion against loops over windows, and the two controls, which look at no model."""

import itertools

import pytest
import torch
from restated import fill, noise, score
from small_cases import TWENTY, case, close

import heatproof as hp


def occluded(c, window, stride, name):
    """Every value gets the mean fall of the score over the windows that cover it."""
    total, count = torch.zeros_like(c.x), torch.zeros_like(c.x)
    whole, gone = score(c.model, c.x, c.target), fill(c.x, name)
    # Windows start while some of the image has not been covered yet; the last one may hang over the edge.
    starts = []
    for length, side, step in zip(c.x.shape, window, stride, strict=True):
        corners = [0]
        while corners[-1] + side < length:
            corners.append(corners[-1] + step)
        starts.append(corners)
    for corner in itertools.product(*starts):
        box = tuple(slice(a, a + side) for a, side in zip(corner, window, strict=True))
        z = c.x.clone()
        z[box] = gone[box]
        total[box] += whole - score(c.model, z, c.target)
        count[box] += 1
    return torch.where(count > 0, total / count.clamp_min(1), torch.zeros_like(total))


@TWENTY
def test_occlusion(number):
    c = case(number)
    channels = c.x.shape[0]
    window, stride = [
        ((channels, 3, 3), (channels, 2, 2)),
        ((channels, 2, 4), (channels, 1, 3)),
        ((1, 3, 2), (1, 1, 2)),
    ][number % 3]
    name = ["black", "mean", "blur", "uniform", 0.4][number % 5]
    found = hp.explain(c.model, c.images, "occlusion", target=c.target, window=window, stride=stride, baseline=name)[0]
    close(found, occluded(c, window, stride, name))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, ((3, 1, 1), (3, 1, 1))),
        ({"window": 4}, ((3, 4, 4), (3, 2, 2))),
        ({"window": (4, 6)}, ((3, 4, 6), (3, 2, 3))),
        ({"window": (1, 4, 2)}, ((1, 4, 2), (1, 2, 1))),
        ({"window": (1, 3, 3), "stride": 2}, ((1, 3, 3), (1, 2, 2))),
        ({"window": 2, "stride": (3, 5)}, ((3, 2, 2), (3, 3, 5))),
    ],
)
def test_windows_and_strides_that_are_left_out_or_given_in_short(given, meant):
    c = case(6, convolutional=True)
    assert c.x.shape == (3, 5, 8)
    found = hp.explain(c.model, c.images, "occlusion", target=c.target, **given)[0]
    close(found, occluded(c, *meant, "black"))


@TWENTY
def test_edges(number):
    c = case(number)
    channels, height, width = c.x.shape
    expected = torch.zeros_like(c.x)

    def at(channel, i, j):
        return float(c.x[channel, min(max(i, 0), height - 1), min(max(j, 0), width - 1)])

    for k, i, j in itertools.product(range(channels), range(height), range(width)):
        across = sum(w * (at(k, i + d, j + 1) - at(k, i + d, j - 1)) for d, w in ((-1, 1), (0, 2), (1, 1))) / 8
        down = sum(w * (at(k, i + 1, j + d) - at(k, i - 1, j + d)) for d, w in ((-1, 1), (0, 2), (1, 1))) / 8
        expected[k, i, j] = (across**2 + down**2) ** 0.5
    close(hp.explain(c.model, c.images, "edges")[0], expected)


@TWENTY
def test_random(number):
    c = case(number)
    u = noise(c.x, 1, "random map", seed=number, kind="uniform")[0]
    found = hp.explain(c.model, c.images, "random", seed=number)[0]
    close(found, 2 * u - 1)
    assert float(found.min()) < 0 < float(found.max())
