"""Random numbers belong to (seed, image, purpose, index): nothing else decides them, and they decide nothing else."""

from typing import get_args

import pytest
import torch
from contracts import EVERYTHING, METHODS, name_of, pictures, run, same
from networks import network

from heatproof.engine.executor import Executor
from heatproof.study.session import Session, session
from heatproof.study.units import explain_with, read_with
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.masks import RandomSquares, RandomSubsets
from heatproof.vocabulary.points import Cloud, Masked, Points
from heatproof.vocabulary.settings import Samples

SAMPLES = get_args(Samples)[1]
DRAWING = [f for f in EVERYTHING if any(s.about is SAMPLES for s in f.settings.values())]


@pytest.mark.parametrize("formula", [*DRAWING, METHODS["random"]], ids=name_of)
def test_the_seed_matters_to_what_draws(formula: Formula) -> None:
    net, x = network("plain cnn"), pictures(1)
    assert same(run(formula, net, x, seed=3), run(formula, net, x, seed=3))
    assert not same(run(formula, net, x, seed=3), run(formula, net, x, seed=4))


@pytest.mark.parametrize(
    "formula", [f for f in METHODS.values() if f not in DRAWING and f.name != "random"], ids=name_of
)
def test_the_seed_does_not_matter_to_what_does_not_draw(formula: Formula) -> None:
    net, x = network("plain cnn"), pictures(1)
    assert same(run(formula, net, x, seed=3), run(formula, net, x, seed=4))


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_the_global_generators_do_not_matter(formula: Formula) -> None:
    net, x = network("plain cnn"), pictures(1)
    first = run(formula, net, x)
    with torch.random.fork_rng():
        torch.manual_seed(99)
        assert same(run(formula, net, x), first)


def _asked(ready: Session, formula: Formula, x: torch.Tensor, n: list[int]) -> Executor:
    """An executor after the formula has run with each of these numbers of samples, side by side."""
    executor = ready.executor(ready.evaluator(), tuple(x.shape))
    f = ready.score(x, 0)

    async def all_of_them() -> None:
        if formula.kind == "method":
            await together(explain_with(formula, {"n": k})(f) for k in n)
        else:
            again = explain_with(METHODS["gradient"], {})
            await together(read_with(formula, {"n": k})(f, x - 0.3, again) for k in n)

    (outcome,) = executor.run([all_of_them()])
    assert outcome.error is None
    return executor


@pytest.mark.parametrize("formula", [f for f in DRAWING if "n" in f.settings], ids=name_of)
def test_few_samples_are_the_first_of_many(formula: Formula) -> None:
    x = pictures(1)
    with session(network("plain cnn"), x, batch=8) as ready:
        alone = _asked(ready, formula, x[0], [19]).account.total()
        assert _asked(ready, formula, x[0], [5, 19, 8]).account.total() == alone


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
