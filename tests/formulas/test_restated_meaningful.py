"""Meaningful perturbation against autograd through the whole chain, with the optimiser of PyTorch."""

import math

import pytest
import torch
from restated import score
from scipy.ndimage import gaussian_filter1d
from small_cases import TWENTY, case, close
from torch import nn
from torch.nn.functional import interpolate

import heatproof as hp
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw

LINKS = ["probability", "logit", "log_probability", "margin"]


def gauss(x, sigma):
    y = x.numpy()
    for axis in (-2, -1):
        y = gaussian_filter1d(y, sigma, axis, mode="nearest", radius=max(1, round(3 * sigma)))
    return torch.tensor(y)


def scored(model, z, target, link):
    outputs = model(z[None].clone())[0]
    if link == "probability":
        return outputs.softmax(0)[target]
    if link == "log_probability":
        return outputs.log_softmax(0)[target]
    if link == "margin":
        return outputs[target] - max(o for k, o in enumerate(outputs) if k != target)
    return outputs[target]


def up(m, size, how):
    return interpolate(m[None, None], size, mode=how)[0, 0]


def shifted(x, down, across):
    """Pixel (i, j) of what comes out is pixel (i - down, j - across) of x, or the nearest there is."""
    _, h, w = x.shape
    rows = [min(max(i - down, 0), h - 1) for i in range(h)]
    columns = [min(max(j - across, 0), w - 1) for j in range(w)]
    return x[:, rows][:, :, columns]


def cost(m, l1=1e-4, tv=1e-2, beta=3.0):
    h, w = m.shape
    rough = sum((m[i + 1, j] - m[i, j]).abs() ** beta for i in range(h - 1) for j in range(w))
    rough += sum((m[i, j + 1] - m[i, j]).abs() ** beta for i in range(h) for j in range(w - 1))
    return l1 * (1 - m).abs().sum() + tv * rough


def circular(c, gone, sides, how, link):
    """One minus the smallest disc behind which 1 % is left of what the whole blur takes from the score."""
    h, w = size = c.x.shape[1:]

    def seen(m):
        big = up(m, size, how)
        return score(c.model, big * c.x + (1 - big) * gone, c.target, link)

    masks = []
    for k in range(35):
        radius = 0.54 * math.sqrt(h * h + w * w) * k / 34
        outside = [[float(math.hypot(i - (h - 1) / 2, j - (w - 1) / 2) >= radius) for j in range(w)] for i in range(h)]
        soft = gauss(torch.tensor(outside, dtype=torch.float64), 10 / 224 * min(size))
        masks.append(nn.functional.adaptive_avg_pool2d(soft[None], sides)[0])
    masks[-1] = torch.zeros(sides, dtype=torch.float64)
    whole, nothing = score(c.model, c.x, c.target, link), seen(masks[-1])
    return next((m for m in masks if seen(m) - nothing <= 0.01 * (whole - nothing)), masks[0])


def restated(c, *, iterations, start, sides, blur, jitter, rate, how, link, number=0, **weights):
    """(the map, the objective before each step)."""
    size, name = c.x.shape[1:], Image.of(c.x).id
    gone = gauss(c.x, blur)
    if start == "circular":
        m = circular(c, gone, sides, how, link)
    elif start == "ones":
        m = torch.ones(sides, dtype=torch.float64)
    else:
        like = torch.empty(sides, dtype=torch.float64)
        m = draw((0, name, "mask", number), 0, 1, like, "uniform")[0]
    m = m.clone().requires_grad_()
    adam, kept = torch.optim.Adam([m], lr=rate), []
    u = draw((0, name, "places", number), 0, iterations, torch.empty(2, dtype=torch.float64), "uniform")
    for down, across in u:
        move = (int(down * jitter) - jitter // 2, int(across * jitter) - jitter // 2)
        big = up(m, size, how)
        z = big * shifted(c.x, *move) + (1 - big) * shifted(gone, *move)
        objective = cost(m, **weights) + scored(c.model, z, c.target, link)
        kept.append(float(objective.detach()))
        adam.zero_grad()
        objective.backward()
        adam.step()
        m.data.clamp_(0, 1)
    return (1 - up(m.detach(), size, how)).expand_as(c.x), kept


@TWENTY
def test_meaningful_perturbation(number):
    c = case(number)
    start, how = ["circular", "ones", "random"][number % 3], ["bilinear", "nearest"][number % 2]
    link, sides, jitter = LINKS[number // 5], (3 + number % 3,) * 2, 1 + number % 4
    weights = {"l1": 10.0 ** -(number % 3), "tv": 0.05 * number, "beta": 1.0 + number % 3}
    shared = {"iterations": 7, "start": start, "jitter": jitter, "rate": 0.05, "link": link, **weights}
    ours = {"side": sides[0], "blur": 1.5, "upsampling": how, "draw": number}
    found = hp.explain(c.model, c.images, "meaningful_perturbation", target=c.target, **shared, **ours)[0]
    expected, _ = restated(c, sides=sides, blur=1.5, how=how, number=number, **shared)
    close(found, expected)


def test_what_is_left_out():
    c = case(0)
    assert c.x.shape == (1, 7, 9)
    found = hp.explain(c.model, c.images, "meaningful_perturbation", target=c.target, iterations=5)[0]
    settings = {"start": "circular", "rate": 0.1, "how": "bilinear", "link": "probability"}
    expected, _ = restated(c, iterations=5, sides=(7, 9), blur=10.0, jitter=1, **settings)
    close(found, expected)


def test_as_sam_has_it():
    c = case(2)
    found = hp.explain(c.model, c.images, "meaningful_perturbation", target=c.target, preset="sam", iterations=4)[0]
    settings = {"start": "circular", "rate": 0.1, "how": "nearest", "link": "probability"}
    expected, _ = restated(c, iterations=4, sides=(28, 28), blur=10.0, jitter=4, **settings)
    close(found, gauss(expected, 1.0))


def test_a_mask_that_removes_nothing_is_a_map_of_zeros():
    c = case(2)
    flat = torch.full_like(c.images, 0.3)
    found = hp.explain(c.model, flat, "meaningful_perturbation", target=c.target, iterations=5, start="ones")
    assert float(found.min()) == float(found.max()) == 0


def test_the_map_can_be_softened():
    c = case(5)
    options = {"target": c.target, "iterations": 4, "start": "random"}
    hard = hp.explain(c.model, c.images, "meaningful_perturbation", **options)[0]
    soft = hp.explain(c.model, c.images, "meaningful_perturbation", soften=1.2, **options)[0]
    close(soft, gauss(hard, 1.2))


class Spot(nn.Module):
    """The logit is the sum over a patch of an image of stripes; the rest of the image means nothing."""

    def forward(self, x):
        evidence = (x[:, 0, 4:8, 6:10] - 0.5).clamp_min(0).sum((1, 2))
        return torch.stack([evidence, torch.zeros_like(evidence)], 1)


@pytest.fixture
def stripes():
    x = torch.zeros(1, 1, 16, 16, dtype=torch.float64)
    x[..., ::2] = 1
    return x


def test_the_mask_sits_on_the_evidence(stripes):
    settings = {"side": 8, "blur": 3.0, "iterations": 150, "link": "logit", "l1": 0.05, "start": "ones"}
    phi = hp.explain(Spot(), stripes, "meaningful_perturbation", target=0, batch=1, **settings)[0, 0]
    inside = torch.zeros(16, 16, dtype=torch.bool)
    inside[4:8, 6:10] = True
    assert float(phi[inside].mean()) > 0.5
    far = torch.ones(16, 16, dtype=torch.bool)
    far[1:11, 3:13] = False
    assert float(phi[far].max()) < 0.05
    assert float(phi.min()) >= 0
    assert float(phi.max()) <= 1


@pytest.mark.parametrize("start", ["circular", "ones", "random"])
def test_the_objective_falls(stripes, start):
    settings = {"side": 16, "blur": 3.0, "link": "logit", "l1": 0.05, "start": start, "jitter": 1, "rate": 0.02}
    gone = gauss(stripes[0], 3.0)
    values = []
    for iterations in (1, 10, 60, 120):
        maps = hp.explain(
            Spot(), stripes, "meaningful_perturbation", target=0, batch=1, iterations=iterations, **settings
        )
        m = 1 - maps[0, 0]
        z = m * stripes[0] + (1 - m) * gone
        values.append(float(cost(m, l1=0.05)) + float(Spot()(z[None])[0, 0]))
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0] - 0.1


def test_the_first_steps_of_a_longer_descent_are_shared():
    c = case(3)
    seen = []
    handle = c.model.register_forward_pre_hook(lambda _, z: seen.append(len(z[0])))
    study = {"methods": [("meaningful_perturbation", {"iterations": {"sweep": [3, 9]}, "start": "ones"})]}
    plan = hp.Study(c.model.float(), c.images.float(), metrics=["gini"], controls=[], batch=8, **study).plan()
    handle.remove()
    assert plan.asked == 3 + 9
    assert plan.gradients == 9


def test_another_draw_takes_other_places_and_another_start():
    c = case(1)
    options = {"target": c.target, "iterations": 3, "start": "random"}
    maps = [hp.explain(c.model, c.images, "meaningful_perturbation", draw=d, **options) for d in (0, 0, 1)]
    assert torch.equal(maps[0], maps[1])
    assert not torch.equal(maps[0], maps[2])
