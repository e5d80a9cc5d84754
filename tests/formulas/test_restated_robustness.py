"""Robustness metrics: maps of real neighbours, of noisy images, and under other settings, one at a time."""

import math

import numpy as np
import pytest
import torch
from reading_of import readings
from restated import gradient, noise
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from small_cases import TWENTY, case

import heatproof as hp
from heatproof.models.classifier import Normalised
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import UsageError
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw


def smoothgrad(model, z, target, *, name, seed=0, n=6, sigma=0.15):
    """SmoothGrad at z, with the noise of the image called `name`."""
    spread = sigma * float(z.max() - z.min())
    noises = draw((seed, name, "noise"), 0, n, z)
    return sum(gradient(model, z + spread * e, target) for e in noises) / n


def spearman(a, b):
    return spearmanr(a.sum(0).numpy(), b.sum(0).numpy(), axis=None).statistic


# --- max-sensitivity ---------------------------------------------------------------------------------------------


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


SIZES = {"l1": lambda v: v.abs().sum(), "l2": lambda v: v.square().sum().sqrt(), "linf": lambda v: v.abs().max()}


@pytest.mark.parametrize("norm", SIZES)
@pytest.mark.parametrize("normalise", ["relative", "largest", "none"])
def test_max_sensitivity_under_every_norm(normalise, norm):
    for number in range(6):
        c, size = case(number), SIZES[norm]
        phi = gradient(c.model, c.x, c.target)
        others = [gradient(c.model, z, c.target) for z in neighbours(c.x, 0.3, 5)]
        if normalise == "largest":
            moved = max(float(size(o / o.abs().max() - phi / phi.abs().max())) for o in others)
        else:
            moved = max(float(size(o - phi)) for o in others) / (float(size(phi)) if normalise == "relative" else 1)
        how = {"method": "gradient", "target": c.target, "radius": 0.3, "n": 5, "norm": norm, "normalise": normalise}
        found = hp.score(c.model, c.images, phi[None], "max_sensitivity", **how)
        assert float(found) == pytest.approx(moved, rel=1e-8)


def test_a_radius_in_units_of_the_models_normalisation():
    c = case(2)
    spec = InputSpec(*c.x.shape, mean=(0.2, 0.4, 0.6), std=(0.5, 2.0, 0.1))
    model = Normalised(c.model, spec).double()
    std = torch.tensor(spec.std, dtype=torch.float64)[:, None, None]
    phi = gradient(model, c.x, c.target)
    assert not torch.equal(std, torch.ones_like(std))
    points = [c.x + 0.1 * model.std[0] * (2 * u - 1) for u in noise(c.x, 5, "neighbours", kind="uniform")]
    expected = furthest(phi, [gradient(model, z, c.target) for z in points])
    how = {"method": "gradient", "target": c.target, "radius": 0.1, "scale": "normalised", "n": 5}
    assert float(hp.score(model, c.images, phi[None], "max_sensitivity", **how)) == pytest.approx(expected, rel=1e-8)


def test_a_map_of_zeros_at_a_neighbour_is_far_from_any_other():
    async def here_only(f):
        return torch.full_like(f.image.x, 2.0) * bool((f.image.x == c.x).all())

    c = case(1)
    phi = torch.full_like(c.images, 2.0)
    how = {"method": here_only, "n": 2, "normalise": "largest", "norm": "linf"}
    assert float(hp.score(c.model, c.images, phi, "max_sensitivity", **how)) == 1


# --- noise on the image ------------------------------------------------------------------------------------------


@TWENTY
def test_input_noise_sensitivity(number):
    c, name = case(number), Image.of(case(number).x).id
    variance, n, clip = 0.02 + 0.02 * number, 1 + number % 3, ["unit", "image", "none"][number % 3]
    kind, method = ["shared", "fresh"][number % 2], ["gradient", "smoothgrad"][number // 2 % 2]
    low, high = {"unit": (0, 1), "image": (c.x.min(), c.x.max()), "none": (-math.inf, math.inf)}[clip]

    def explained(z, seed):
        seed = seed if kind == "fresh" else 0
        return (
            smoothgrad(c.model, z, c.target, name=name, seed=seed)
            if method == "smoothgrad"
            else gradient(c.model, z, c.target)
        )

    noisy = [(c.x + math.sqrt(variance) * e).clamp(low, high) for e in noise(c.x, n, "input noise")]
    phi = explained(c.x, 0)
    expected = [spearman(phi, explained(z, 1 + i)) for i, z in enumerate(noisy)]
    settings = {"variance": variance, "n": n, "clip": clip, "noise": kind, "similarity": "spearman"}
    settings |= {"method_settings": {"n": 6}} if method == "smoothgrad" else {}
    how = {"method": method, "target": c.target, **settings}
    (reading,) = readings(c.model, c.images, phi[None], "input_noise_sensitivity", **how)
    assert reading.value == pytest.approx(np.mean(expected), rel=1e-8)
    assert reading.curves["spearman"].y == pytest.approx(expected, rel=1e-8)


def test_an_image_that_is_no_picture_is_not_cut_off_at_0_and_1():
    c = case(1)
    how = {"method": "gradient", "target": c.target}
    beyond = c.images - 0.5
    assert math.isnan(hp.score(c.model, beyond, c.maps, "input_noise_sensitivity", **how))
    assert math.isfinite(hp.score(c.model, beyond, c.maps, "input_noise_sensitivity", clip="image", **how))


# --- other settings of the method --------------------------------------------------------------------------------


def size(a, b):
    """Rank correlation of |sum over channels|."""
    return spearman(a.sum(0, keepdim=True).abs(), b.sum(0, keepdim=True).abs())


def pairs_of(maps):
    return {(i, j): spearman(maps[i], maps[j]) for i in range(len(maps)) for j in range(i + 1, len(maps))}


@pytest.mark.parametrize("pairs", ["default", "all"])
@TWENTY
def test_hyperparameter_sensitivity(number, pairs):
    c, name = case(number), Image.of(case(number).x).id

    def explained(**settings):
        return smoothgrad(c.model, c.x, c.target, name=name, **settings)

    phi, mine = explained(n=6, sigma=0.15), {"n": 6, "sigma": 0.15}
    grids = {"sigma": [0.075, 0.3], "n": [3, 12]}
    how = {"method": "smoothgrad", "method_settings": mine, "target": c.target, "similarity": "spearman"}
    if number % 2:
        name_, values = ("sigma", [0.4, 0.15, 0.02]) if number % 4 == 1 else ("n", [9, 1, 2])
        grids, how = {name_: [v for v in values if v != mine[name_]]}, how | {"setting": name_, "values": values}
    (reading,) = readings(c.model, c.images, phi[None], "hyperparameter_sensitivity", pairs=pairs, **how)
    means = []
    for setting, values in grids.items():
        maps = [phi, *(explained(**{**mine, setting: v}) for v in values)]
        found = {p: v for p, v in pairs_of(maps).items() if pairs == "all" or 0 in p}
        means.append(np.mean(list(found.values())))
        each = {mine[setting]: None}
        for i, v in enumerate([mine[setting], *values][pairs == "default" :], pairs == "default"):
            each[v] = np.mean([s for p, s in found.items() if i in p])
        curve, tried = reading.curves[setting], sorted(each)
        if "setting" not in how:
            assert list(curve.x) == [0.5, 1, 2]
        else:
            tried = [v for v in tried if v in how["values"]]
            assert list(curve.x) == tried
        assert [y is None for y in curve.y] == [each[v] is None for v in tried]
        assert [y for y in curve.y if y is not None] == pytest.approx(
            [each[v] for v in tried if each[v] is not None], rel=1e-8
        )
    assert reading.value == pytest.approx(np.mean(means), rel=1e-8)
    again = smoothgrad(c.model, c.x, c.target, name=name, seed=1)
    floor = reading.curves["noise floor"]
    assert floor.names == ("spearman", "absolute_spearman", "ssim", "hog")
    assert floor.y[:2] == pytest.approx([spearman(phi, again), size(phi, again)], rel=1e-8)
    setting, (value, *_) = next(iter(grids.items()))
    if pairs == "default":
        sizes = reading.curves[f"{setting} absolute_spearman"]
        there = [y for y in sizes.y if y is not None]
        other = explained(**{**mine, setting: value})
        assert any(y == pytest.approx(size(phi, other), rel=1e-8) for y in there)


def test_the_seed_is_a_setting_of_every_method():
    c, name = case(3), Image.of(case(3).x).id
    phi = smoothgrad(c.model, c.x, c.target, name=name)
    others = [smoothgrad(c.model, c.x, c.target, name=name, seed=s) for s in (5, 9)]
    how = {"method": "smoothgrad", "method_settings": {"n": 6}, "target": c.target, "similarity": "spearman"}
    (reading,) = readings(
        c.model, c.images, phi[None], "hyperparameter_sensitivity", setting="seed", values=[5, 9], **how
    )
    assert reading.value == pytest.approx(np.mean([spearman(phi, o) for o in others]), rel=1e-8)


def test_choices_are_tried_by_name():
    c = case(5)
    phi = hp.explain(c.model, c.images, "integrated_gradients", target=c.target, steps=5)
    how = {"method": "integrated_gradients", "method_settings": {"steps": 5}, "target": c.target}
    (reading,) = readings(c.model, c.images, phi, "hyperparameter_sensitivity", setting="rule", **how)
    curve = reading.curves["rule"]
    assert {"gauss-legendre", "trapezoid", "left", "right", "midpoint"} <= {*curve.names}
    for rule, y in zip(curve.names, curve.y, strict=True):
        other = hp.explain(c.model, c.images, "integrated_gradients", target=c.target, steps=5, rule=rule)
        maps = [(m[0].sum(0) / m[0].sum(0).abs().max()).numpy() for m in (phi, other)]
        if rule == "gauss-legendre":
            assert y is None  # it is that already
        else:
            assert y == pytest.approx(structural_similarity(*maps, data_range=2, win_size=5), abs=1e-9)


def scored(method="smoothgrad", **settings):
    c = case(1)
    return hp.score(c.model, c.images, c.maps, "hyperparameter_sensitivity", method=method, target=0, **settings)


def test_half_a_number_is_within_its_range_and_a_whole_number_stays_one():
    c = case(1)
    how = {"method": "smoothgrad", "target": 0, "similarity": "spearman"}
    for n, tried in ((1, [None, None, "new"]), (3, ["new", None, "new"])):
        how["method_settings"] = {"n": n, "sigma": 0.0}
        (reading,) = readings(c.model, c.images, c.maps, "hyperparameter_sensitivity", **how)
        assert "sigma" not in reading.curves  # twice nothing is nothing
        assert [None if y is None else "new" for y in reading.curves["n"].y] == tried


def test_every_setting_counts_alike_however_many_values_it_is_tried_at():
    c = case(1)
    how = {"method": "smoothgrad", "method_settings": {"n": 1}, "target": 0, "similarity": "spearman"}
    (reading,) = readings(c.model, c.images, c.maps, "hyperparameter_sensitivity", **how)
    means = [np.mean([y for y in reading.curves[name].y if y is not None]) for name in ("sigma", "n")]
    assert [sum(y is not None for y in reading.curves[name].y) for name in ("sigma", "n")] == [2, 1]
    assert reading.value == pytest.approx(np.mean(means), rel=1e-12)


def test_what_a_method_has_no_setting_for_is_undefined():
    assert math.isnan(scored("gradient", setting="sigma"))
    assert math.isnan(scored("gradient"))
    assert math.isnan(scored(setting="windows"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"setting": "n", "values": [0]}, r"HP103 .*n.*between 1"),
        ({"setting": "sigma", "values": ["much"]}, r"HP103 .*sigma.*a number"),
        ({"setting": "n", "values": [50]}, r"HP105 .*values"),
        ({"setting": "seed", "values": [0.5]}, r"HP105 .*seeds"),
        ({"setting": "n", "values": []}, r"HP105 .*values"),
    ],
)
def test_values_that_cannot_be_tried(settings, message):
    with pytest.raises(UsageError, match=message):
        scored(**settings)


def test_a_value_that_a_method_refuses_is_left_out_unless_it_was_asked_for():
    async def small_windows_only(f, *, window: int = 4):
        if window > 4:
            raise UsageError("HP105", "the window is too large")
        return f.image.x * window + torch.arange(f.image.x.numel()).view_as(f.image.x) % 3

    assert float(scored(small_windows_only, similarity="spearman")) > 0
    with pytest.raises(UsageError, match="too large"):
        scored(small_windows_only, setting="window", values=[8])
