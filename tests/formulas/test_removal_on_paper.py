"""Removal metrics whose result is known on paper: counts, areas, linear models, edges, and what other tools read."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from layer_lists import CASES, model_of
from reading_of import readings
from torch import nn

import heatproof as hp
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.imputation import imputed
from heatproof.vocabulary.masks import Ranked
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.registry import formulas
from heatproof.vocabulary.removal import Parts, Removed, Stretch
from heatproof.vocabulary.units import relevance, units_of

VALUES = {case["id"]: case for case in CASES["values"]}
REMOVAL = ["deletion", "insertion", "srg", "irof", "iiof", "minimal_subset"]


def random(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def linear(values, classes=2, seed=0):
    model = nn.Sequential(nn.Flatten(), nn.Linear(values, classes)).double().requires_grad_(False)
    for p in model.parameters():
        p.data = 2 * random(*p.shape, seed=seed) - 1
    return model


# --- counts and areas --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 81, 117, 784, 1024, 3072, 50176])
@pytest.mark.parametrize(("start", "stop"), [("0", "1"), ("0", "0.15"), ("0.3", "0.85")])
@pytest.mark.parametrize("steps", [1, 28, 32, 99, 224])
def test_shares_are_cut_down_to_whole_units(n, start, stop, steps):
    a, b = Fraction(start), Fraction(stop)
    shares = [a + (b - a) * j / steps for j in range(steps + 1)]
    stretch = Stretch(steps, float(a), float(b))
    assert stretch.counts(n) == [int(s * n) for s in shares]
    assert stretch.counts(n, insertion=True) == [int((1 - s) * n) for s in shares]


@pytest.mark.parametrize("n", [784, 1024, 50176])
def test_the_hundred_points_of_attribench(n):
    assert Stretch(99, 0.0, 0.15).counts(n) == (np.linspace(0, 0.15, 100) * n).astype(int).tolist()
    assert Stretch(99, 0.0, 0.15).counts(n, insertion=True) == (np.linspace(1, 0.85, 100) * n).astype(int).tolist()


def test_the_29_points_of_sam_and_the_225_of_rise():
    assert Stretch(28).counts(224 * 224) == list(range(0, 224 * 224 + 1, 1792))
    assert Stretch(224).counts(224 * 224) == list(range(0, 224 * 224 + 1, 224))


@pytest.mark.parametrize(("start", "stop", "counts"), [(0.0, 1.0, 17), (0.25, 0.75, 9), (0.0, 0.01, 2)])
def test_without_a_number_of_steps_units_go_one_by_one(start, stop, counts):
    found = Stretch(None, start, stop).counts(16)
    assert len(found) == counts
    assert all(b - a <= 1 for a, b in pairwise(found))


def test_areas():
    y = torch.tensor([0.1, 0.2, 0.8, 0.4], dtype=torch.float64)
    curve = Removed([0, 1 / 3, 2 / 3, 1], y, 0.1)
    assert curve.normalised("max").area("trapezoid", "under") == pytest.approx(0.520833, abs=5e-7)
    assert curve.area("trapezoid", "under") == pytest.approx(1.25 / 3)
    assert curve.area("mean", "under") == pytest.approx(0.375)
    assert curve.area("mean", "over") == pytest.approx(0.1 - 0.375)
    assert curve.normalised("whole").area("trapezoid", "over") == pytest.approx(1 - 12.5 / 3)
    # The mean height does not depend on where the curve lies.
    assert Removed([0.2, 0.3, 0.4, 0.5], y, 0.1).area("trapezoid", "under") == pytest.approx(1.25 / 3)


# --- linear models -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_a_linear_model_falls_by_the_sorted_contributions(channels):
    model, x = linear(channels * 20), random(1, channels, 4, 5, seed=1)
    phi = model[1].weight[0].view_as(x) * x
    parts = phi.sum(1).flatten().sort(descending=True).values
    fx = float(model(x)[0, 0])
    settings = {"target": 0, "steps": None, "fill": "black", "link": "logit"}
    (down,) = readings(model, x, phi, "deletion", **settings)
    torch.testing.assert_close(down.curves["deletion"].y, fx - torch.cat([torch.zeros(1), parts]).cumsum(0))
    (up,) = readings(model, x, phi, "insertion", **settings)
    nothing = float(model(0 * x)[0, 0])
    torch.testing.assert_close(up.curves["insertion"].y, nothing + torch.cat([torch.zeros(1), parts]).cumsum(0))
    assert up.curves["insertion"].x == pytest.approx([k / 20 for k in range(21)])


def test_no_other_order_of_a_linear_model_falls_below_the_truth_or_stays_above_it():
    """Input x gradient is greedy here: its curve is the lowest at every point, and the one of the negative map the
    highest.
    """
    model, x = linear(3 * 32 * 32, seed=3), random(1, 3, 32, 32, seed=4)
    truth = hp.explain(model, x, "input_x_gradient", target=0)
    others = [torch.randn(x.shape, generator=torch.Generator().manual_seed(s)).double() for s in range(6)]
    settings = {"target": 0, "preset": "attribench2024"}
    preset = formulas("metric")["deletion"].expanded({"preset": "attribench2024"})

    def curve(phi, **more):
        (reading,) = readings(model, x, phi, "deletion", target=0, **{**preset, **more})
        return reading.curves["deletion"].y

    low, high = curve(truth), curve(truth, order="lerf")
    for phi in others:
        assert (low <= curve(phi) + 1e-9).all()
        assert (curve(phi) <= high + 1e-9).all()
    assert torch.equal(low, curve(-truth, order="lerf"))
    best, worst = (float(hp.score(model, x, s * truth, "deletion", **settings)) for s in (1, -1))
    assert best == pytest.approx(float(low.mean()))
    assert best < min(float(hp.score(model, x, phi, "deletion", **settings)) for phi in others) < worst
    up = float(hp.score(model, x, truth, "insertion", **settings))
    assert up > max(float(hp.score(model, x, phi, "insertion", **settings)) for phi in others)


# --- presets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metric", "preset"), [(m, p) for m in REMOVAL for p in formulas("metric")[m].claims.presets])
def test_every_preset_has_settings_of_its_metric_and_runs(metric, preset):
    model, x = linear(3 * 64), random(2, 3, 8, 8)
    bound = formulas("metric")[metric].bind({"preset": preset})
    values = hp.score(model, x, x - 0.5, metric, preset=preset)
    assert torch.isfinite(values).all()
    assert torch.equal(values, hp.score(model, x, x - 0.5, metric, **bound))


def test_which_side_is_better_depends_on_the_settings():
    better = {m: formulas("metric")[m].better for m in REMOVAL}
    assert better["deletion"]({}) == "lower"
    assert better["deletion"]({"order": "lerf"}) == "higher"
    assert better["deletion"]({"order": "morf", "area": "over"}) == "higher"
    assert better["deletion"]({"order": "lerf", "area": "over"}) == "lower"
    assert better["insertion"]({"order": "lerf"}) == "lower"
    assert better["irof"]({"order": "morf", "area": "over"}) == "higher"
    assert better["irof"](formulas("metric")["irof"].bind({"preset": "attribench2024"})) == "lower"
    assert better["iiof"](formulas("metric")["iiof"].bind({"preset": "attribench2022"})) == "higher"


@pytest.mark.parametrize("order", ["morf", "lerf"])
@pytest.mark.parametrize("area", ["under", "over"])
@pytest.mark.parametrize("metric", ["deletion", "insertion", "irof", "iiof"])
def test_the_truth_is_on_the_better_side(metric, order, area):
    model, x = linear(64), random(1, 1, 8, 8, seed=2)
    truth = model[1].weight[0].view_as(x) * x
    settings = {"order": order, "area": area, "fill": "black", "link": "probability", "target": 0}
    best, worst = (float(hp.score(model, x, s * truth, metric, **settings)) for s in (1, -1))
    assert (best > worst) == (formulas("metric")[metric].better(settings) == "higher")


# --- reference cases ---------------------------------------------------------------------------------------------


REGIONS = ["region_perturbation_lin16_lerf", "aopc_lin16", "selectivity_lin16", "selectivity_auc_relu16"]


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("pool", ["mean", "sum"])
def test_regions_of_the_reference_cases(name, pool):
    case = VALUES[name]
    x, maps = (torch.tensor(case[key], dtype=torch.float64) for key in ("input", "attributions"))
    maps[..., 2:, 2:] += 1e-6  # two regions have the same sum, and the values tell that the later one is taken first
    settings = {"unit": "region", "region": 2, "pool": pool, "fill": 0.0, "link": "logit", "steps": None}
    order = case["params"].get("order", "morf")
    model = model_of(case["model"], torch.float64)
    (reading,) = readings(model, x, maps, "deletion", target=0, order=order, **settings)
    y = reading.curves["deletion"].y
    shown = {"region": (y[0] - y)[1:], "aopc": (y[0] - y).mean(), "selectivity": y[1:]}[name.split("_")[0]]
    shown = torch.tensor(reading.value) if name == "selectivity_auc_relu16" else shown
    torch.testing.assert_close(shown.double().flatten(), torch.tensor(case["expected"]).double().flatten())


@pytest.mark.parametrize("name", ["road_imputation_interior", "road_imputation_top50"])
def test_imputation_of_the_reference_cases(name):
    case = VALUES[name]
    x = torch.tensor(case["input"], dtype=torch.float64)[0]
    mask = torch.zeros(1, 16, dtype=torch.bool)
    mask[0, case["params"]["removed"]] = True
    want = torch.tensor(case["expected"], dtype=torch.float64)[0]
    torch.testing.assert_close(imputed(x, mask.view(1, 4, 4)), want, rtol=0, atol=case["atol"])


def test_accuracy_without_the_most_relevant_pixels_of_ten_images():
    case = VALUES["road_accuracy_10"]
    images, maps = (torch.tensor(case[key], dtype=torch.float64) for key in ("input", "attributions"))
    model = model_of("lin16", torch.float64)
    right = torch.zeros(5, dtype=torch.float64)
    for x, phi, target in zip(images, maps, case["target"], strict=True):
        image = Image.of(x)
        sets = Parts(0.0).ranked(image, phi, least_first=False)
        index = [sets.index(int(16 * p / 100)) for p in case["params"]["percentages"]]
        z = torch.stack([imputed(x, mask) for mask in sets.rows(0, len(index))])
        right += model(z).argmax(1) == target
    assert (right / 10).tolist() == pytest.approx(case["expected"])


# --- edges -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["pixel", "value", "region", "segment"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 1), (1, 1, 9), (3, 7, 5), (4, 5, 5), (1, 2, 2)])
@pytest.mark.parametrize("metric", REMOVAL)
def test_small_and_odd_images(metric, shape, unit):
    x = random(1, *shape)
    model = linear(x.numel(), 3)
    settings = {} if metric in ("irof", "iiof") else {"unit": unit, "region": 2}
    value = float(hp.score(model, x, x - 0.4, metric, **settings))
    assert np.isfinite(value)
    if metric == "minimal_subset":
        assert 0 <= value <= x.numel()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_pixel_goes_with_all_of_its_channels_and_a_value_alone(channels):
    image, phi = Image.of(random(channels, 6, 7) + 1), random(channels, 6, 7, seed=5)
    for unit, changed in (("pixel", channels), ("value", 1)):
        sets = Parts(0.0, unit).ranked(image, phi, least_first=False)
        order = [sets.index(k) for k in range(sets.units + 1)]
        assert order == list(range(sets.units + 1))
        gone = (Masked(image, sets, 0.0).all() == 0).flatten(1)
        assert gone.sum(1).tolist() == [changed * k for k in range(sets.units + 1)]
        assert (gone[1:] >= gone[:-1]).all()
    single = random(1, 6, 7, seed=6)
    sets = Parts(0.0, "pixel").ranked(image, single.expand(channels, -1, -1), least_first=False)
    first = Masked(image, sets, 0.0)
    sets.index(1)
    assert (first.all()[0] == 0).nonzero()[:, 1:].unique(dim=0).tolist() == [
        [int(single.argmax()) // 7, int(single.argmax()) % 7]
    ]


def test_a_region_at_the_edge_is_smaller_and_ranked_by_its_mean():
    image, phi = Image.of(random(1, 5, 7)), torch.zeros(1, 5, 7, dtype=torch.float64)
    units = units_of(image, "region", 100, 3)
    assert units.count == 6
    assert units.sizes.tolist() == [9, 9, 3, 6, 6, 2]
    phi[0, 4, 6], phi[0, 0, 0] = 1.0, 2.0
    assert relevance(units, phi, "mean").tolist() == pytest.approx([2 / 9, 0, 0, 0, 0, 1 / 2])
    assert relevance(units, phi, "sum").tolist() == [2, 0, 0, 0, 0, 1]
    assert relevance(units, -phi, "sum", "absolute").tolist() == [2, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("metric", REMOVAL)
def test_a_map_without_any_order_is_read_in_a_random_one_of_the_image(metric):
    model, x = linear(3 * 64), random(1, 3, 8, 8)
    tied = [float(hp.score(model, x, torch.full_like(x, v), metric, fill="black")) for v in (0.0, 0.1, -3.0)]
    assert tied[0] == tied[1] == tied[2]
    seeds = {float(hp.score(model, x, 0 * x, metric, fill="black", seed=s)) for s in range(8)}
    assert len(seeds) > (1 if metric == "minimal_subset" else 6)


@pytest.mark.parametrize("height", [0.1, 0.3, 1 / 3, 0.5, -7.7, 1e-300, 1e300])
def test_segments_of_any_size_tie_where_the_map_is_constant(height):
    image, phi = Image.of(random(3, 23, 29)), torch.full((3, 23, 29), height, dtype=torch.float64)
    phi[:, :4] *= 2
    labels = torch.arange(23)[:, None] // 4 * 5 + (torch.arange(29) ** 2) // 200
    units = units_of(image, "segment", labels, 1)
    assert len(set(units.sizes.tolist())) > 5
    found = relevance(units, phi)
    assert len(set(found.tolist())) == 2
    torch.testing.assert_close(found, (units.sums(phi) / units.sizes), rtol=1e-12, atol=0)


@pytest.mark.parametrize("metric", [m for m in REMOVAL if m != "minimal_subset"])
@pytest.mark.parametrize(("start", "stop"), [(0.5, 0.5), (0.7, 0.2)])
def test_a_stretch_that_ends_before_it_starts_is_refused(metric, start, stop):
    model, x = linear(3 * 64), random(1, 3, 8, 8)
    with pytest.raises(hp.HeatproofError, match="HP105"):
        hp.score(model, x, x, metric, start=start, stop=stop)


def test_a_set_of_units_keeps_its_index():
    sets = Ranked(torch.tensor([2, 0, 1]), torch.tensor([[[0, 0, 1, 2]]]))
    assert [sets.index(k) for k in (2, 1, 2, 3, 1)] == [0, 1, 0, 2, 1]
    assert sets.rows(0, 3)[:, 0, 0].tolist() == [
        [True, True, False, True],
        [False, False, False, True],
        [True, True, True, True],
    ]
    assert Ranked(torch.tensor([2, 0, 1]), torch.tensor([[[0, 0, 1, 2]]])).key != sets.key
