"""Occlusion against loops over windows, and the two controls, which look at no model."""

import itertools

import numpy as np
import pytest
import torch
from restated import fill, noise, score
from scipy.ndimage import map_coordinates
from skimage.transform import resize
from small_cases import TWENTY, case, close

import heatproof as hp
from heatproof.vocabulary.masks import Windows


def falls(c, window, stride, name, link="logit", inside=False):
    """(where windows start along each axis, each window with the fall of the score behind it)."""
    whole, gone = score(c.model, c.x, c.target, link), fill(c.x, name)
    # Windows start while some of the image has not been covered yet; the last one may hang over the edge.
    starts = []
    for length, side, step in zip(c.x.shape, window, stride, strict=True):
        corners = [0]
        while corners[-1] + side < length:
            corners.append(corners[-1] + step)
        starts.append([a for a in corners if a + side <= length] if inside else corners)
    found = []
    for corner in itertools.product(*starts):
        box = tuple(slice(a, a + side) for a, side in zip(corner, window, strict=True))
        z = c.x.clone()
        z[box] = gone[box]
        found.append((box, whole - score(c.model, z, c.target, link)))
    return starts, found


def occluded(c, window, stride, name, link="logit", inside=False):
    """Every value gets the mean fall of the score over the windows that cover it."""
    total, count = torch.zeros_like(c.x), torch.zeros_like(c.x)
    for box, fall in falls(c, window, stride, name, link, inside)[1]:
        total[box] += fall
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


@TWENTY
def test_windows_inside_the_image_alone_and_under_every_link(number):
    c = case(number)
    window, stride = (c.x.shape[0], 3, 2), (c.x.shape[0], 2, 2)
    link = ["logit", "probability", "log_probability", "margin"][number % 4]
    settings = {"window": window, "stride": stride, "link": link, "edge": "inside"}
    found = hp.explain(c.model, c.images, "occlusion", target=c.target, **settings)[0]
    close(found, occluded(c, window, stride, "black", link, inside=True))


@TWENTY
def test_one_cell_for_each_window(number):
    c = case(number)
    channels, height, width = c.x.shape
    window, stride = [((channels, 2, 3), (channels, 1, 2)), ((1, 3, 2), (1, 1, 1))][number % 2]
    inside = number % 3 > 0
    starts, found = falls(c, window, stride, 0.4, inside=inside)
    small = np.array([fall for _, fall in found]).reshape([len(s) for s in starts])
    # Pixels are squares: the middle of a pixel of the image lies here between the middles of the cells.
    ways = [(np.arange(n) + 0.5) * m / n - 0.5 for n, m in zip((height, width), small.shape[1:], strict=True)]
    grid = np.stack(np.meshgrid(*ways, indexing="ij"))
    # A spline overshoots; what comes out stays between the lowest and the highest cell.
    large = np.stack([map_coordinates(s, grid, order=5, mode="mirror").clip(s.min(), s.max()) for s in small])
    settings = {"window": window, "stride": stride, "baseline": 0.4, "cells": "windows"}
    settings["edge"] = "inside" if inside else "overhang"
    maps = hp.explain(c.model, c.images, "occlusion", target=c.target, **settings)[0]
    close(maps, torch.from_numpy(large).expand_as(c.x), 1e-6)


def test_as_sam_has_it():
    c = case(8)
    _, found = falls(c, (c.x.shape[0], 3, 3), (c.x.shape[0], 3, 3), "black", "probability", inside=True)
    assert c.x.shape[1:] == (11, 6)
    small = np.array([fall for _, fall in found]).reshape(3, 2)
    maps = hp.explain(c.model, c.images, "occlusion", target=c.target, preset="sam", window=3)[0]
    close(maps, torch.from_numpy(resize(small, (11, 6), order=5)).expand_as(c.x), 1e-6)


@pytest.mark.parametrize(("side", "grid"), [(5, 74), (6, 73), (7, 73), (52, 58), (53, 58), (54, 57)])
def test_as_many_windows_as_the_sliding_patch_of_sam_has(side, grid):
    windows = Windows((3, 224, 224), (3, side, side), (3, 3, 3), inside=True)
    assert windows.grid == (1, grid, grid)
    assert len(windows) == grid**2
    assert windows.rows(grid**2 - 1, grid**2).flatten(1).sum() == 3 * side * side


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
