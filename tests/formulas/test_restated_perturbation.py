"""The perturbation score against a search over every window, and against what the publication says of it."""

import numpy as np
import pytest
import torch
from reading_of import readings
from restated import score
from scipy.integrate import simpson
from small_cases import TWENTY, case
from test_golden_numbers import golden_heatmap
from torch import nn

import heatproof as hp
from heatproof.study.session import session
from heatproof.study.units import read_with
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import HeatproofError, Undefined
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.perturbation import Refilled, corners, middle
from heatproof.vocabulary.registry import formula
from heatproof.vocabulary.rng import draw


def uniform(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def best_windows(heat, side, count):
    """One window after the other: of all that touch none of those taken, the one with the largest mean."""
    h, w = heat.shape
    taken = []
    while len(taken) < count:
        best = None
        for i in range(h - side + 1):
            for j in range(w - side + 1):
                if any(abs(i - a) < side and abs(j - b) < side for a, b in taken):
                    continue
                mean = float(heat[i : i + side, j : j + side].mean())
                if best is None or mean > best[0] + 1e-12:
                    best = (mean, (i, j))
        if best is None:
            break
        taken.append(best[1])
    return taken


def fillings(x, side, n, kind, step):
    """What a window is filled with: the draws that belong to the image and the step."""
    name = (0, Image.of(x).id, "fillings", kind, step)
    shape = x.new_empty(x.shape[0], side, side)
    if kind == "uniform":
        low, high = min(0.0, float(x.min())), max(1.0, float(x.max()))
        return [low + (high - low) * u for u in draw(name, 0, n, shape, "uniform")]
    channels = [(c.mean(), ((c - c.mean()) ** 2).mean().sqrt()) for c in x]
    return [torch.stack([m + s * e for (m, s), e in zip(channels, es, strict=True)]) for es in draw(name, 0, n, shape)]


def nearest_to_median(scores):
    """np.median's value, and the first of the scores that are nearest to it."""
    distance = np.abs(np.array(scores) - np.median(scores))
    return int(np.flatnonzero(distance <= distance.min() * (1 + 1e-9))[0])


def curve(c, side, count, n, kind, sign, link):
    heat = c.phi.sum(0).abs() if sign == "absolute" else c.phi.sum(0)
    z, ys = c.x.clone(), [score(c.model, c.x, c.target, link)]
    for step, (i, j) in enumerate(best_windows(heat, side, count)):
        tried = []
        for filling in fillings(c.x, side, n, kind, step):
            tried.append(z.clone())
            tried[-1][:, i : i + side, j : j + side] = filling
        scores = [score(c.model, t, c.target, link) for t in tried]
        ys.append(sum(scores) / len(scores))
        z = tried[nearest_to_median(scores)]
    return ys


@TWENTY
def test_the_curve_and_the_area_under_it(number):
    c = case(number)
    settings = {
        "window": 1 + number % 3,
        "regions": [5, 3, 1][number % 3],
        "candidates": [1, 5, 6, 10][number % 4],
        "noise": ["uniform", "gaussian"][number % 2],
        "sign": ["absolute", "signed"][number // 10],
        "link": ["logit", "probability", "log_probability", "margin"][number // 5],
    }
    expected = curve(c, *settings.values())
    (reading,) = readings(c.model, c.images, c.maps, "perturbation_score", target=c.target, **settings)
    assert reading.curves["perturbation"].y == pytest.approx(expected, rel=1e-8)
    found = hp.score(c.model, c.images, c.maps, "perturbation_score", target=c.target, rule="simpson_scipy", **settings)
    assert float(found) == pytest.approx(simpson(expected) / abs(expected[0]), rel=1e-8)


def test_defaults():
    c = case(4)
    expected = curve(c, 1, 30, 50, "uniform", "signed", "logit")
    assert len(expected) == 31
    found = hp.score(c.model, c.images, c.maps, "perturbation_score", target=c.target)
    assert float(found) == pytest.approx(simpson(expected) / abs(expected[0]), rel=1e-8)


def test_as_published():
    c = case(2)
    assert formula("metric", "perturbation_score").expanded({"preset": "smooth_taylor"})["window"] == 15
    expected = curve(c, 1, 30, 50, "uniform", "absolute", "logit")
    as_published = {"preset": "smooth_taylor", "window": 1}
    found = hp.score(c.model, c.images, c.maps, "perturbation_score", target=c.target, **as_published)
    assert float(found) == pytest.approx(simpson(expected) / abs(expected[0]), rel=1e-8)


# --- windows ------------------------------------------------------------------------------------------------------


def image(h, w, seed=0):
    return Image.of(uniform(1, h, w, seed=seed))


def test_golden_corners():
    found = corners(torch.tensor(golden_heatmap()).abs(), 15, 30, image(224, 224))
    assert found[:6] == [(48, 62), (92, 62), (180, 131), (136, 62), (4, 62), (114, 166)]
    assert len(found) == 30


def test_nine_windows_of_15_pixels_find_room_on_64():
    heat = torch.tensor(np.random.RandomState(0).randn(64, 64)).abs()
    found = corners(heat, 15, 30, image(64, 64))
    assert len(found) == 9
    assert found == best_windows(heat, 15, 30)


@pytest.mark.parametrize("seed", range(8))
def test_windows_are_those_of_the_search_over_all(seed):
    heat = uniform(9 + seed, 14, seed=seed).double()
    side = 1 + seed % 4
    found = corners(heat, side, 200, image(9 + seed, 14))
    assert found == best_windows(heat, side, 200)
    cover = torch.zeros_like(heat)
    for i, j in found:
        cover[i : i + side, j : j + side] += 1
    assert cover.max() == 1, "windows overlap"


def test_the_last_row_and_column_count_and_a_window_there_blocks_nothing_at_the_other_side():
    heat = torch.zeros(8, 8)
    heat[5:, 5:], heat[0, 5:], heat[5:, 0] = 3, 2, 1
    assert corners(heat, 3, 3, image(8, 8)) == [(5, 5), (0, 5), (5, 0)]


def test_equal_windows_come_in_an_order_of_the_image_and_not_of_the_raster():
    heat = torch.full((12, 12), 0.1, dtype=torch.float64)
    orders = {tuple(corners(heat, 2, 9, image(12, 12, seed))) for seed in range(5)}
    assert len(orders) == 5
    assert corners(heat, 2, 9, image(12, 12)) == corners(3 * heat, 2, 9, image(12, 12))


def test_the_filling_in_the_middle():
    assert middle(torch.tensor([5.0, 1, 3])) == 2
    assert middle(torch.tensor([4.0, 1, 3, 2])) == 2  # 2 and 3 are as near to 2.5: the first of them
    assert middle(torch.tensor([4.0, 1, 2, 3])) == 2
    assert middle(torch.tensor([7.0])) == 0
    assert middle(torch.tensor([2.0, 0, 2, 9])) == 0


def test_windows_that_cannot_be_are_refused_or_have_no_value():
    model, x = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), uniform(1, 1, 8, 8)
    with pytest.raises(HeatproofError, match="HP105 window cannot be 9; it takes 1 to 8"):
        hp.score(model, x, x, "perturbation_score", window=9)
    with pytest.raises(Undefined, match="windows of 3 x 3 pixels fit without overlap, 30 are wanted"):
        asked(x[0], [x[0]], window=3)
    assert hp.score(model, x, x, "perturbation_score", window=3).isnan()


@pytest.mark.parametrize(("side", "window"), [(224, 15), (299, 20), (64, 4), (32, 2), (28, 2), (8, 1)])
def test_left_out_the_window_is_15_pixels_of_224(side, window):
    model = nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(64, 2))
    x = uniform(1, 1, side, side)
    settings = {"regions": 2, "candidates": 3}
    given = hp.score(model, x, x, "perturbation_score", window=window, **settings)
    assert torch.equal(hp.score(model, x, x, "perturbation_score", **settings), given)


# --- fillings -----------------------------------------------------------------------------------------------------


def filled(x, kind="uniform", n=400, past=()):
    return Refilled(Image.of(x), x, (1, 2), 3, n, kind, past).all()


def test_a_filling_changes_its_window_only_and_every_candidate_differs():
    x = uniform(3, 8, 9)
    changed = (filled(x, n=10) != x).any(1)
    window = torch.zeros(8, 9, dtype=torch.bool)
    window[1:4, 2:5] = True
    assert (changed == window).all()
    assert len({z.numpy().tobytes() for z in filled(x, n=10)}) == 10


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.6), (-2.0, 2.5), (0.0, 255.0)])
def test_uniform_fillings_span_the_unit_interval_and_the_images_own_range(low, high):
    x = low + (high - low) * uniform(3, 8, 9)
    values = filled(x)[:, :, 1:4, 2:5]
    bottom, top = min(0.0, float(x.min())), max(1.0, float(x.max()))
    assert bottom <= float(values.min()) < bottom + 0.01 * (top - bottom)
    assert top - 0.01 * (top - bottom) < float(values.max()) <= top


def test_gaussian_fillings_have_the_mean_and_the_spread_of_each_channel():
    x = torch.stack([uniform(8, 9), 5 + 3 * uniform(8, 9, seed=1)])
    values = filled(x, "gaussian", 3000)[:, :, 1:4, 2:5]
    torch.testing.assert_close(values.mean((0, 2, 3)), x.mean((1, 2)), rtol=0.02, atol=0.01)
    torch.testing.assert_close(values.std((0, 2, 3)), x.std((1, 2), correction=0), rtol=0.02, atol=0.01)


def test_fillings_follow_the_image_and_the_step_and_not_the_window():
    x = uniform(1, 8, 9)
    here, there = Refilled(Image.of(x), x, (1, 2), 3, 5), Refilled(Image.of(x), x, (4, 0), 3, 5)
    assert torch.equal(here.all()[:, :, 1:4, 2:5], there.all()[:, :, 4:7, 0:3])
    later = here.after(2, (4, 5))
    assert torch.equal(later.all()[:, :, 1:4, 2:5], here.all()[2:3, :, 1:4, 2:5].expand(5, -1, -1, -1))
    assert not torch.equal(later.all()[:, :, 4:7, 5:8], here.all()[:, :, 1:4, 2:5])


def asked(x, maps, **settings):
    """Forwards that are run for the scores of several maps of one image, side by side."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(x.numel(), 2))
    with session(model, x[None], batch=8) as ready:
        executor = ready.executor(ready.evaluator(), tuple(x.shape))
        reader = read_with(formula("metric", "perturbation_score"), settings)

        async def all_of_them():
            await together(reader(ready.score(x, 0), phi, None) for phi in maps)

        (outcome,) = executor.run([all_of_them()])
        if outcome.error:
            raise outcome.error
        return executor.account.total()


def test_what_is_asked_and_what_is_shared():
    x = uniform(1, 8, 8)
    first, second, third = torch.zeros(3, 1, 8, 8)
    first[0, 0, 0], first[0, 2, 2], first[0, 4, 4] = 3, 2, 1
    second[0, 0, 0], second[0, 2, 2], second[0, 6, 4] = 3, 2, 1
    third[0, 4, 4], third[0, 2, 2], third[0, 0, 0] = 3, 2, 1
    settings = {"window": 1, "regions": 3, "candidates": 20}
    assert asked(x, [first], **settings) == 1 + 3 * 20
    assert asked(x, [first, 2 * first], **settings) == 1 + 3 * 20
    assert asked(x, [first, second], **settings) == 1 + 4 * 20  # two windows of three are the same
    assert asked(x, [first, third], **settings) == 1 + 6 * 20
