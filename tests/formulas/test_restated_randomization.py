"""Randomization metrics: maps of really re-initialised, disturbed and retrained models, one at a time, in float64."""

import copy
from itertools import chain, pairwise, product

import numpy as np
import pytest
import torch
from reading_of import readings
from restated import correlation, gradient
from scipy.stats import spearmanr
from skimage.feature import hog
from skimage.metrics import structural_similarity
from small_cases import TWENTY, case
from torch import nn

from heatproof.models.fresh import fresh_weights, noise_on_weights
from heatproof.vocabulary.errors import UsageError
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw

SHOWN = ("spearman", "absolute_spearman", "ssim", "hog")


def changed(model, names, new):
    """A copy of the model in which `new(layer, name)` are the parameters of these layers."""
    twin = copy.deepcopy(model)
    for name in names:
        layer = twin.get_submodule(name)
        for p, value in zip(layer.parameters(recurse=False), new(layer, name), strict=True):
            p.data = value.to(p.dtype)
    return twin


def randomized(model, names, seed, statistics="keep"):
    twin = changed(model, names, lambda layer, name: fresh_weights(layer, name, seed))
    for name in names:
        if statistics == "reset" and isinstance(twin.get_submodule(name), nn.BatchNorm2d):
            twin.get_submodule(name).reset_running_stats()
    return twin


def noised(model, names, sigma, seed, *, relative):
    def new(layer, name):
        for p, e in zip(layer.parameters(recurse=False), noise_on_weights(layer, name, seed), strict=True):
            spread = float(((p.data - p.data.mean()) ** 2).mean().sqrt()) if relative else 1.0
            yield p.detach() + sigma * spread * e.double()

    return changed(model, names, new)


def weighted(model):
    """Layers with weights, from the output down."""
    return [n for n, m in model.named_modules() if any(True for _ in m.parameters(recurse=False))][::-1]


def groups(layers, stages):
    """Consecutive groups of about equal size."""
    edges = [round(k * len(layers) / stages) for k in range(stages + 1)]
    return [layers[a:b] for a, b in pairwise(edges)]


def stage_layers(layers, stages, order):
    parts = groups(layers, stages)
    return [tuple(chain(*parts[: k + 1])) if order == "cascading" else tuple(parts[k]) for k in range(stages)]


def seen(model, x):
    return int(model(x[None].clone())[0].argmax())


def similarities(a, b):
    """All four similarities of two maps (H, W); None where the map is too small or all zeros."""
    cell = min(16, min(a.shape) // 6)
    if not b.any():
        return dict.fromkeys(SHOWN)

    def oriented(m):
        return hog((m - m.min()) / (m.max() - m.min()), pixels_per_cell=(cell, cell))

    scaled = [m / np.abs(m).max() for m in (a, b)]
    return {
        "spearman": spearmanr(a, b, axis=None).statistic,
        "absolute_spearman": spearmanr(np.abs(a), np.abs(b), axis=None).statistic,
        "ssim": structural_similarity(*scaled, data_range=2, win_size=5),
        "hog": correlation(oriented(a), oriented(b)) if cell >= 2 else None,
    }


def alike(phi, other):
    a, b = (m.sum(0).numpy() for m in (phi, other))
    return similarities(a, b) | {"equal pixels": float((a == b).mean())}


def average(values):
    there = [v for v in values if v is not None]
    return float(np.mean(there)) if there else None


def same(found, expected):
    assert [y is None for y in found] == [y is None for y in expected]
    assert [y for y in found if y is not None] == pytest.approx([y for y in expected if y is not None], rel=1e-8)


@TWENTY
def test_parameter_randomization(number):
    c = case(number)
    order, draws, first = ["both", "cascading", "independent", "full"][number % 4], 1 + number % 2, number % 3
    statistics, explained = ["keep", "reset"][number // 4 % 2], ["original", "new"][number // 2 % 2]
    layers, stages = weighted(c.model), 1 if order == "full" else 1 + number % 3
    phi = gradient(c.model, c.x, c.target)
    settings = {"order": order, "stages": stages, "draws": draws, "draw": first}
    settings |= {"batch_norm": statistics, "explained": explained, "method": "gradient", "target": c.target}
    (reading,) = readings(c.model, c.images, phi[None], "parameter_randomization", **settings)
    for o in ("cascading", "independent") if order == "both" else (order,):
        expected = {name: [] for name in (*SHOWN, "equal pixels", "same class")}
        for names in stage_layers(layers, stages, o):
            twins = [randomized(c.model, names, first + d, statistics) for d in range(draws)]
            classes = [seen(twin, c.x) for twin in twins]
            targets = classes if explained == "new" else [c.target] * draws
            maps = [alike(phi, gradient(twin, c.x, t)) for twin, t in zip(twins, targets, strict=True)]
            for name in (*SHOWN, "equal pixels"):
                expected[name].append(average(m[name] for m in maps))
            expected["same class"].append(np.mean([t == c.target for t in classes]))
        if explained == "original":
            del expected["same class"]
        for name, y in expected.items():
            same(reading.curves[f"{o} {name}"].y, y)
        if o in (order, "cascading"):
            assert reading.value == pytest.approx(average(expected["spearman"]), rel=1e-8)
    assert reading.curves["noise floor"].y[:2] == pytest.approx([1, 1])


@TWENTY
def test_model_noise(number):
    c = case(number)
    order, relative = ["cascading", "independent", "all"][number % 3], number % 2 == 0
    explained, draws = ["original", "new"][number // 2 % 2], 1 + number // 3 % 2
    sigmas, layers = [0.05 + 0.1 * number, 0.01], weighted(c.model)
    stages = 1 if order == "all" else 2
    phi = gradient(c.model, c.x, c.target)
    settings = {"sigma": sigmas, "relative": relative, "order": order, "stages": stages, "draws": draws}
    settings |= {"explained": explained, "method": "gradient", "target": c.target}
    (reading,) = readings(c.model, c.images, phi[None], "model_noise", **settings)
    depths, table = stage_layers(layers, stages, order), {}
    for sigma, names in product(sigmas, depths):
        twins = [noised(c.model, names, sigma, d, relative=relative) for d in range(draws)]
        classes = [seen(twin, c.x) for twin in twins]
        targets = classes if explained == "new" else [c.target] * draws
        found = [alike(phi, gradient(t, c.x, k))["spearman"] for t, k in zip(twins, targets, strict=True)]
        table[sigma, names] = average(found), np.mean([k == c.target for k in classes])
    assert reading.value == pytest.approx(average(value for value, _ in table.values()), rel=1e-8)
    for i, name in enumerate(("spearman", "same class")):
        if order == "all":
            same(reading.curves[name].y, [table[s, depths[0]][i] for s in sorted(sigmas)])
            assert list(reading.curves[name].x) == sorted(sigmas)
        else:
            for s in sigmas:
                same(reading.curves[f"{name}, sigma {s:g}"].y, [table[s, names][i] for names in depths])
    assert reading.curves["noise floor"].y == pytest.approx([1])


@TWENTY
def test_data_randomization(number):
    c = case(number)
    explained, name = ["original", "new"][number % 2], ["spearman", "pearson", "cosine"][number % 3]
    twin = case(number).model
    for i, p in enumerate(twin.parameters()):
        p.data = torch.randn(p.shape, generator=torch.Generator().manual_seed(i + number), dtype=torch.float64)
    for m in twin.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.running_mean = m.running_mean + 0.3
            m.running_var = m.running_var * 2
    phi = gradient(c.model, c.x, c.target)
    settings = {"explained": explained, "similarity": name, "twins": {"random labels": twin}}
    found = readings(c.model, c.images, phi[None], "data_randomization", method="gradient", target=c.target, **settings)
    theirs = gradient(twin, c.x, seen(twin, c.x) if explained == "new" else c.target)
    a, b = (m.sum(0).numpy().ravel() for m in (phi, theirs))
    expected = {
        "spearman": lambda: spearmanr(a, b).statistic,
        "pearson": lambda: correlation(a, b),
        "cosine": lambda: (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()),
    }[name]()
    assert found[0].value == pytest.approx(expected, rel=1e-8)
    shown = found[0].curves["similarities"]
    values = dict(zip(shown.names, shown.y, strict=True))
    assert shown.names[0] == name
    same([values[n] for n in SHOWN], [alike(phi, theirs)[n] for n in SHOWN])


def test_noise_floor_and_oriented_gradients_of_a_map_large_enough_for_them():
    x = torch.rand(1, 13, 14, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    model = nn.Sequential(nn.Flatten(), nn.Linear(182, 20), nn.ReLU(), nn.Linear(20, 3)).double().requires_grad_(False)
    for p, values in zip(model.parameters(), range(4), strict=True):
        p.data = torch.randn(p.shape, generator=torch.Generator().manual_seed(values), dtype=torch.float64) / 5
    spread, name = 0.15 * float(x.max() - x.min()), Image.of(x).id

    def smoothgrad(seed):
        noises = draw((seed, name, "noise"), 0, 6, x)
        return sum(gradient(model, x + spread * e, 1) for e in noises) / 6

    phi, again = smoothgrad(0), smoothgrad(1)
    expected = [alike(phi, again)[n] for n in SHOWN]
    how = {"method": "smoothgrad", "method_settings": {"n": 6}, "target": 1}
    for metric, more in (("parameter_randomization", {"stages": 1}), ("input_noise_sensitivity", {"n": 1})):
        (reading,) = readings(model, x[None], phi[None], metric, **more, **how)
        floor = reading.curves["noise floor"]
        same([dict(zip(floor.names, floor.y, strict=True))[n] for n in SHOWN], expected)
        assert None not in floor.y
        assert floor.names[0] == ("ssim" if metric == "input_noise_sensitivity" else "spearman")


@pytest.mark.parametrize("sigma", [[], "a", [0.1, "b"], [-1.0], [float("inf")], [True]])
def test_a_sigma_that_is_none(sigma):
    c = case(1)
    with pytest.raises(UsageError, match=r"HP10[35].*sigma"):
        readings(c.model, c.images, c.maps, "model_noise", method="gradient", sigma=sigma)
