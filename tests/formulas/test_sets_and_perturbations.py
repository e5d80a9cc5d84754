"""Sensitivity-n on segments, and infidelity with each of its perturbations, where the answer is known."""

import math

import pytest
import torch
from captum import metrics
from reading_of import readings
from small_cases import case
from test_segments import photo
from torch import nn

import heatproof as hp
from heatproof.vocabulary.adjusted import Clamped, Moved
from heatproof.vocabulary.coalitions import RandomSegments
from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.points import Cloud, Masked
from heatproof.vocabulary.random_masks import RandomSquares
from heatproof.vocabulary.segments import segmented

PERTURBATIONS = ["noisy_baseline", "gaussian", "square", "segment"]


def linear(*shape, seed=0):
    model = nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), 4)).double().requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    model[1].weight.data = torch.randn(4, math.prod(shape), generator=generator, dtype=torch.float64)
    return model


def image(*shape, seed=1):
    return torch.rand(1, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def value(model, x, maps, metric, **settings):
    return float(hp.score(model, x, maps, metric, target=2, **settings))


# --- sets --------------------------------------------------------------------------------------------------------


def test_a_linear_model_is_predicted_by_sums_over_segments_and_less_well_by_means():
    """Measured on attribench, whose segments are worth the mean of their pixels: 1 on pixels, 0.949 on segments."""
    shape, found = (3, 32, 32), []
    for seed in range(4):
        model, x = linear(*shape, seed=seed), image(*shape, seed=seed)
        phi = model[1].weight[2].view_as(x) * x
        assert value(model, x, phi, "sensitivity_n") == pytest.approx(1, abs=1e-12)
        assert value(model, x, phi, "sensitivity_n", unit="value") == pytest.approx(1, abs=1e-12)
        assert value(model, x, phi, "segment_sensitivity_n") == pytest.approx(1, abs=1e-12)
        assert value(model, x, -phi, "segment_sensitivity_n") == pytest.approx(-1, abs=1e-12)
        found.append(value(model, x, phi, "segment_sensitivity_n", preset="attribench2024"))
    assert sum(found) / 4 == pytest.approx(0.949, abs=0.01)
    assert max(found) < 0.98


def test_values_with_all_sets_of_one_size():
    model, x = linear(2, 2, 3), image(2, 2, 3)
    phi = model[1].weight[2].view_as(x) * x
    settings = {"n": 3, "subsets": "all", "unit": "value"}
    assert value(model, x, phi, "sensitivity_n", **settings) == pytest.approx(1, abs=1e-12)
    # Channels of a pixel that cancel in the map have nothing to say about pixels, and everything about values.
    phi[0, 1] = -phi[0, 0]
    assert math.isnan(value(model, x, phi, "sensitivity_n", n=3, subsets="all"))
    assert -1 <= value(model, x, phi, "sensitivity_n", **settings) <= 1


def test_sizes_of_sets_are_shares_of_the_segments_found_or_asked_for():
    x = photo("astronaut", 28, grey=True)[None].double()
    model = linear(1, 28, 28)

    def sizes(**settings):
        (reading,) = readings(model, x, x - 0.5, "segment_sensitivity_n", target=2, subsets=3, **settings)
        return [round(share * 81) for share in reading.curves["segment_sensitivity_n"].x]

    assert sizes() == [8, 11, 15, 18, 22, 26, 29, 33, 36, 40]  # of 81
    assert sizes(of="asked") == [10, 14, 18, 23, 27, 32, 36, 41, 45, 50]  # of 100


def test_an_image_with_too_few_segments_has_no_value():
    for shape, settings in (((1, 1, 1), {}), ((3, 12, 12), {"segments": [[0] * 12] * 12}), ((1, 5, 5), {"high": 1.0})):
        x = image(*shape)
        assert math.isnan(value(linear(*shape), x, x - 0.5, "segment_sensitivity_n", **settings))
    x = image(1, 3, 3)
    asked = {"segments": 100, "of": "asked"}
    assert math.isnan(value(linear(1, 3, 3), x, x - 0.5, "segment_sensitivity_n", **asked))
    assert not math.isnan(value(linear(1, 3, 3), x, x - 0.5, "segment_sensitivity_n"))


# --- perturbations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clamp", [False, True])
@pytest.mark.parametrize("baseline", ["black", "mean", 0.3])
@pytest.mark.parametrize("perturbation", PERTURBATIONS)
def test_the_gradient_of_a_linear_model_predicts_every_perturbation(perturbation, baseline, clamp):
    model, x = linear(3, 9, 10), image(3, 9, 10)
    w = model[1].weight[2].view_as(x)
    settings = {"perturbation": perturbation, "baseline": baseline, "clamp": clamp, "segments": 20, "removed": 4}
    assert value(model, x, w, "infidelity", scale="none", **settings) < 1e-18
    for factor in (-7, 1e-9, 1e9):
        assert value(model, x, factor * w, "infidelity", **settings) < 1e-18
    other = torch.randn(x.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    plain = value(model, x, other, "infidelity", **settings)
    assert value(model, x, -3 * other, "infidelity", **settings) == pytest.approx(plain, rel=1e-12)
    assert value(model, x, -3 * other, "infidelity", scale="none", **settings) != pytest.approx(plain)
    # A map of zeros predicts no change: what is left is the mean square of the changes.
    zero = value(model, x, 0 * other, "infidelity", **settings)
    assert plain <= zero == value(model, x, 0 * other, "infidelity", scale="none", **settings)
    assert value(model, x, -w, "infidelity", scale="none", **settings) == pytest.approx(4 * zero)


@pytest.mark.parametrize("perturbation", PERTURBATIONS)
def test_no_other_scale_is_better_than_the_optimal_one(perturbation):
    c = case(4, convolutional=True)
    settings = {"target": c.target, "perturbation": perturbation, "segments": 12, "removed": 3, "square": 2}
    best = float(hp.score(c.model, c.images, c.maps, "infidelity", **settings))
    below, at, above = (
        float(hp.score(c.model, c.images, b * c.maps, "infidelity", scale="none", **settings)) for b in (-1, 0, 1)
    )
    # A parabola in the scale: its lowest point from three of its values.
    bend, slope = (above + below) / 2 - at, (above - below) / 2
    assert best == pytest.approx(at - slope**2 / (4 * bend), rel=1e-9)


def points_of(x, perturbation, n):
    """The points x - I of the recipes."""
    here = Image.of(x)
    cut = segmented(here, 12)
    return {
        "noisy_baseline": Moved(Cloud(here, 0.3, n, "infidelity", centre="zero"), fill_for(here, "mean")),
        "gaussian": Cloud(here, 0.3, n, "infidelity"),
        "square": Masked(here, RandomSquares(here, 2, n), "mean"),
        "segment": Masked(here, RandomSegments(here, cut, 3, n), "mean"),
    }[perturbation]


@pytest.mark.filterwarnings("ignore::UserWarning")  # of gradients that captum turns on
@pytest.mark.parametrize("clamp", [False, True])
@pytest.mark.parametrize("scale", ["optimal", "none"])
@pytest.mark.parametrize("perturbation", PERTURBATIONS)
def test_captum_on_the_same_perturbations(perturbation, scale, clamp):
    c, n = case(6, convolutional=True), 30
    settings = {
        "perturbation": perturbation,
        "sigma": 0.3,
        "square": 2,
        "segments": 12,
        "removed": 3,
        "baseline": "mean",
    }
    settings |= {"scale": scale, "clamp": clamp, "n": n}
    ours = float(hp.score(c.model, c.images, c.maps, "infidelity", target=c.target, **settings))
    points = points_of(c.x, perturbation, n)
    z = (Clamped(points, float(c.x.min()), float(c.x.max())) if clamp else points).all()
    how = {"target": c.target, "n_perturb_samples": n, "normalize": scale == "optimal"}
    theirs = metrics.infidelity(c.model, lambda inputs: (inputs - z, z), c.images, c.maps, **how)
    assert ours == pytest.approx(float(theirs.detach()), rel=1e-8)


def test_perturbations_that_an_image_is_too_small_for():
    x = image(1, 3, 4)
    model = linear(1, 3, 4)
    assert math.isnan(value(model, x, x, "infidelity", perturbation="segment", removed=13))
    assert value(model, x, x, "infidelity", perturbation="segment", removed=12) >= 0
    with pytest.raises(hp.HeatproofError, match="HP105 square cannot be 4; it takes 1 to 3"):
        value(model, x, x, "infidelity", perturbation="square", square=4)
    with pytest.raises(hp.HeatproofError, match=r"HP103 baseline of infidelity must be .* not 'neighbours'"):
        value(model, x, x, "infidelity", baseline="neighbours")


# --- recipes -----------------------------------------------------------------------------------------------------


def test_points_that_are_moved_or_clamped_are_those_points():
    x = case(0).x
    here = Image.of(x)
    cloud = Cloud(here, 0.5, 20, "infidelity", centre="zero")
    moved, clamped = Moved(cloud, fill_for(here, 0.4)), Clamped(cloud, -0.1, 0.2)
    torch.testing.assert_close(moved.rows(3, 9).z, cloud.rows(3, 9).z + 0.4)
    torch.testing.assert_close(clamped.rows(3, 9).z, cloud.rows(3, 9).z.clamp(-0.1, 0.2))
    assert len(moved) == len(clamped) == 20
    assert moved.image is clamped.image is here
    assert len({cloud.key, moved.key, clamped.key, Clamped(cloud, -0.1, 0.3).key}) == 4


@pytest.mark.parametrize("size", [1, 3, 6])
def test_random_segments_are_as_many_as_asked_and_each_is_as_likely(size):
    here = Image.of(case(0).x)
    cut = segmented(here, [[0, 0, 1, 2, 3, 4, 5, 6, 6]] * 7)
    masks = RandomSegments(here, cut, size, 700)
    gone = masks.absent(0, 700)
    assert (gone.sum(1) == size).all()
    share = size / 7
    assert float((gone.double().mean(0) - share).abs().max()) < 4.5 * math.sqrt(share * (1 - share) / 700)
    rows = masks.rows(5, 9)
    assert rows.shape == (4, 1, 7, 9)
    assert torch.equal(rows, gone[5:9][:, cut.labels])
    assert torch.equal(RandomSegments(here, cut, size, 9).absent(5, 9), gone[5:9])
