"""Recipes of points, masks and fills: what point i is depends on nothing but its name."""

import pytest
import torch

from heatproof.check.supplies import pictures
from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.masks import Windows
from heatproof.vocabulary.points import Cloud, Masked, Points
from heatproof.vocabulary.random_masks import AllSubsets, RandomSquares, RandomSubsets

RECIPES = {
    "normal": lambda image, n: Cloud(image, 0.2, n),
    "uniform": lambda image, n: Cloud(image, 0.2, n, "neighbours", "uniform"),
    "around zero": lambda image, n: Cloud(image, 0.2, n, "infidelity", centre="zero"),
    "subsets": lambda image, n: Masked(image, RandomSubsets(image, 7, n)),
    "squares": lambda image, n: Masked(image, RandomSquares(image, 3, n)),
}


def _image(x: torch.Tensor | None = None, seed: int = 0) -> Image:
    return Image.of(pictures(1)[0] if x is None else x, seed)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_point_does_not_depend_on_how_many_there_are_nor_on_where_it_is_cut(recipe: str) -> None:
    few: Points = RECIPES[recipe](_image(), 11)
    many: Points = RECIPES[recipe](_image(), 40)
    whole = many.all()
    assert few.key == many.key
    assert torch.equal(few.all(), whole[:11])
    for start, stop in ((0, 1), (5, 21), (7, 8), (8, 16), (39, 40)):
        assert torch.equal(many.rows(start, stop).z, whole[start:stop])


@pytest.mark.parametrize("recipe", RECIPES)
def test_streams_differ_between_points_images_and_seeds(recipe: str) -> None:
    points = RECIPES[recipe](_image(), 6).all()
    assert len({p.numpy().tobytes() for p in points}) == 6
    shift = points[0] - _image().x
    neighbour = _image(pictures(2)[1])
    assert not torch.equal(RECIPES[recipe](neighbour, 1).all()[0] - neighbour.x, shift)
    assert not torch.equal(RECIPES[recipe](_image(seed=1), 1).all()[0], points[0])


@pytest.mark.parametrize("size", [1, 7, 32, 63])
def test_random_subsets_have_the_size_they_are_asked_for_and_reach_every_pixel(size: int) -> None:
    masks = RandomSubsets(_image(), size, 600).rows(0, 600).flatten(1)
    assert (masks.sum(1) == size).all()
    share = masks.double().mean(0)
    assert float((share - size / 64).abs().max()) < 5 * (size / 64 * (1 - size / 64) / 600) ** 0.5


@pytest.mark.parametrize("recipe", ["normal", "uniform", "around zero"])
def test_noise_is_the_same_numbers_in_every_precision(recipe: str) -> None:
    single = RECIPES[recipe](_image(), 9).all()
    double = RECIPES[recipe](_image(_image().x.double()), 9).all()
    assert double.dtype == torch.float64
    torch.testing.assert_close(single.double(), double, rtol=0, atol=1e-6)


def test_the_uniform_fill_is_the_same_noise_in_every_precision() -> None:
    single, double = fill_for(_image(), "uniform"), fill_for(_image(_image().x.double()), "uniform")
    torch.testing.assert_close(single.pixels.double(), double.pixels, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("side", "step"), [(1, 1), (3, 2), (5, 5), (3, 4), (7, 1)])
def test_windows_reach_the_far_edge_when_the_steps_touch(side: int, step: int) -> None:
    covered = Windows((2, 7, 11), (2, side, side), (2, step, step)).rows(0, 10_000).any(0)
    assert covered[:, 0, 0].all()
    if step <= side:
        assert covered.all()


def test_all_subsets_are_all_and_each_once() -> None:
    masks = AllSubsets((2, 3), 2).rows(0, 100).flatten(1)
    assert len(masks) == 15
    assert len({tuple(m.tolist()) for m in masks}) == 15
    assert (masks.sum(1) == 2).all()
