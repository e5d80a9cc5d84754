"""Max-sensitivity and parameter randomization: maps of real neighbours, and of really re-initialised models."""

import copy
from itertools import chain, pairwise

import numpy as np
import pytest
import torch
from reading_of import readings
from restated import correlation, gradient, noise
from scipy.stats import spearmanr
from skimage.feature import hog
from skimage.metrics import structural_similarity
from small_cases import TWENTY, case

import heatproof as hp
from heatproof.models.fresh import fresh_weights
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw


def smoothgrad(model, z, target, *, name, seed=0, n=6):
    """SmoothGrad at z, with the noise of the image called `name`."""
    spread = 0.15 * float(z.max() - z.min())
    noises = draw((seed, name, "noise"), 0, n, z)
    return sum(gradient(model, z + spread * e, target) for e in noises) / n


def furthest(phi, others):
    return max(float((other - phi).norm()) for other in others) / float(phi.norm())


def neighbours(x, radius, n):
    return [x + radius * (2 * u - 1) for u in noise(x, n, "neighbours", kind="uniform")]


@TWENTY
def test_max_sensitivity_of_the_gradient(number):
    c = case(number)
    radius, n = 0.02 + 0.03 * number, 3 + number % 5
    phi = gradient(c.model, c.x, c.target)
    expected = furthest(phi, [gradient(c.model, z, c.target) for z in neighbours(c.x, radius, n)])
    found = hp.score(
        c.model, c.images, phi[None], "max_sensitivity", method="gradient", target=c.target, radius=radius, n=n
    )
    assert float(found) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("kind", ["shared", "fresh"])
@TWENTY
def test_max_sensitivity_with_the_same_noise_at_every_neighbour_and_with_new_noise(number, kind):
    c, name = case(number), Image.of(case(number).x).id
    seeds = [0] * 4 if kind == "shared" else [1, 2, 3, 4]
    phi = smoothgrad(c.model, c.x, c.target, name=name)
    points = zip(neighbours(c.x, 0.1, 4), seeds, strict=True)
    expected = furthest(phi, [smoothgrad(c.model, z, c.target, name=name, seed=s) for z, s in points])
    how = {"method": "smoothgrad", "method_settings": {"n": 6}, "target": c.target}
    found = hp.score(c.model, c.images, phi[None], "max_sensitivity", radius=0.1, n=4, noise=kind, **how)
    assert float(found) == pytest.approx(expected, rel=1e-8)


def randomized(model, names, draw_):
    twin = copy.deepcopy(model)
    for name in names:
        layer = twin.get_submodule(name)
        values = fresh_weights(layer, name, draw_)
        for p, value in zip(layer.parameters(recurse=False), values, strict=True):
            p.data = value.to(p.dtype)
    return twin


def groups(layers, stages):
    """Consecutive groups of about equal size."""
    edges = [round(k * len(layers) / stages) for k in range(stages + 1)]
    return [layers[a:b] for a, b in pairwise(edges)]


def similarities(a, b):
    """All four similarities of two maps (H, W); None where the map is too small or all zeros."""
    cell = min(16, min(a.shape) // 6)
    if not b.any():
        return dict.fromkeys(("spearman", "absolute spearman", "ssim", "hog"))

    def oriented(m):
        return hog((m - m.min()) / (m.max() - m.min()), pixels_per_cell=(cell, cell))

    scaled = [m / np.abs(m).max() for m in (a, b)]
    return {
        "spearman": spearmanr(a, b, axis=None).statistic,
        "absolute spearman": spearmanr(np.abs(a), np.abs(b), axis=None).statistic,
        "ssim": structural_similarity(*scaled, data_range=2, win_size=5),
        "hog": correlation(oriented(a), oriented(b)) if cell >= 2 else None,
    }


@TWENTY
def test_parameter_randomization(number):
    c = case(number)
    draw_, order = number % 3, ["both", "cascading", "independent"][number % 3]
    weighted = [n for n, m in c.model.named_modules() if any(True for _ in m.parameters(recurse=False))][::-1]
    stages = groups(weighted, [1, 2, 3][number % 3])
    phi = gradient(c.model, c.x, c.target)
    (reading,) = readings(
        c.model,
        c.images,
        phi[None],
        "parameter_randomization",
        method="gradient",
        target=c.target,
        order=order,
        stages=len(stages),
        draw=draw_,
    )
    orders = ("cascading", "independent") if order == "both" else (order,)
    values = {}
    for o in orders:
        for k in range(len(stages)):
            names = chain(*stages[: k + 1]) if o == "cascading" else stages[k]
            other = gradient(randomized(c.model, names, draw_), c.x, c.target)
            for name, value in similarities(phi.sum(0).numpy(), other.sum(0).numpy()).items():
                values.setdefault(f"{o} {name}", []).append(value)
    for name, expected in values.items():
        same(reading.curves[name].y, expected)
    assert reading.value == pytest.approx(np.mean(present(values[f"{orders[0]} spearman"])), rel=1e-8)
    assert reading.curves["noise floor"].y[:2] == pytest.approx([1, 1])


def present(values):
    return [v for v in values if v is not None]


def same(found, expected):
    assert [y is None for y in found] == [y is None for y in expected]
    assert present(found) == pytest.approx(present(expected), rel=1e-8)


def test_noise_floor_and_oriented_gradients_of_a_map_large_enough_for_them():
    x = torch.rand(1, 13, 14, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(182, 20), torch.nn.ReLU(), torch.nn.Linear(20, 3))
    model = model.double().requires_grad_(False)
    for p, values in zip(model.parameters(), range(4), strict=True):
        p.data = torch.randn(p.shape, generator=torch.Generator().manual_seed(values), dtype=torch.float64) / 5
    name = Image.of(x).id
    phi, again = (smoothgrad(model, x, 1, name=name, seed=seed).sum(0).numpy() for seed in (0, 1))
    how = {"method": "smoothgrad", "method_settings": {"n": 6}, "target": 1}
    phi_tensor = torch.tensor(phi)[None, None]
    (reading,) = readings(model, x[None], phi_tensor, "parameter_randomization", stages=1, **how)
    same(reading.curves["noise floor"].y, list(similarities(phi, again).values()))
    assert None not in reading.curves["noise floor"].y
