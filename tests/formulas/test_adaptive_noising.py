"""Tuning: the published search step by step, the better one, and SmoothTaylor under both."""

import math
from copy import deepcopy
from importlib import import_module

import pytest
import torch
from small_cases import case, close
from torch import nn

import heatproof as hp
from heatproof.engine.driver import Driver
from heatproof.models.classifier import Classifier, Normalised
from heatproof.models.input import InputSpec
from heatproof.study.session import session
from heatproof.study.units import explain_with
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.registry import formula
from heatproof.vocabulary.tuning import Search, golden_section, stepwise


def run(job):
    """What a coroutine that asks no model comes to."""
    ended = []
    driver = Driver(lambda query, task: None)
    driver.start(job, 0, ended.append)
    driver.advance()
    if ended[0].error:
        raise ended[0].error
    return ended[0].value


class Asked:
    """J(s), and where it was asked for."""

    def __init__(self, j):
        self.j, self.at = j, []

    async def __call__(self, s):
        self.at.append(s)
        return self.j(s)


def parabola(s):
    return (s - 0.7) ** 2


# --- the published search -----------------------------------------------------------------------------------------


def test_golden_trace():
    search = Search(Asked(parabola))
    path = run(stepwise(search, 0.45))
    assert path[:10] == pytest.approx([0.45, 0.55, 0.65, 0.55, 0.64, 0.73, 0.64, 0.721, 0.64, 0.7129], abs=1e-12)
    assert len(path) == 21
    assert search.best == pytest.approx(0.699049, abs=5e-7)


def test_from_above_the_path_enters_the_same_cycle():
    search = Search(Asked(parabola))
    path = run(stepwise(search, 0.95))
    assert path[3:12] == pytest.approx([0.65, 0.55, 0.64, 0.73, 0.64, 0.721, 0.64, 0.7129, 0.64], abs=1e-12)
    assert search.best == pytest.approx(0.699049, abs=5e-7)


def published(j, s, rate=0.1, iterations=20):
    """The search in the words of its authors: everything is evaluated anew."""
    current, previous, best, stop, calls = s, j(s), (j(s), s), 0, 1
    for _ in range(iterations):
        up = abs(current + rate)
        calls += 2 if j(up) > previous else 1
        current = abs(current - rate) if j(up) > previous else up
        new = j(current)
        if new > previous:
            if stop == 3:
                break
            rate, stop = rate * 0.9, stop + 1
        else:
            stop, best = 0, min(best, (new, current))
        previous = new
    return best[1], calls


@pytest.mark.parametrize("start", [0.02, 0.45, 0.95, 1.7])
@pytest.mark.parametrize(
    "j", [parabola, lambda s: (s - 0.33) ** 2 * (1 + s), lambda s: -s, lambda s: math.sin(9 * s), lambda s: 1.0]
)
def test_the_search_is_that_of_its_authors(j, start):
    search = Search(Asked(j))
    run(stepwise(search, start))
    assert search.best == pytest.approx(published(j, start)[0], abs=2e-9)


def test_it_ends_when_j_has_grown_four_times_in_a_row():
    heights = iter([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0])
    search = Search(Asked(lambda s: next(heights)))
    assert run(stepwise(search, 0.5)) == pytest.approx([0.5, 0.4, 0.31, 0.229, 0.1561])
    assert search.best == 0.5


# --- the better search --------------------------------------------------------------------------------------------

VALLEYS = {
    "parabola": parabola,
    "logarithm": lambda s: s - 0.7 * math.log(s),
    "fourth power": lambda s: s**4 - 4 * 0.7**3 * s,
    "cosh": lambda s: math.cosh(3 * (s - 0.7)),
}


@pytest.mark.parametrize("start", [0.45, 0.95])
@pytest.mark.parametrize("valley", VALLEYS)
def test_twelve_evaluations_find_the_bottom_to_a_thousandth(valley, start):
    asked = Asked(VALLEYS[valley])
    search = Search(asked)
    run(golden_section(search, start / 8, 2 * start))
    assert search.best == pytest.approx(0.7, abs=1e-3)
    assert len(asked.at) == len(set(asked.at)) == 12
    assert published(VALLEYS[valley], start)[1] >= 8


def test_it_needs_fewer_evaluations_than_the_published_search():
    assert published(parabola, 0.45)[1] == 30
    asked = Asked(parabola)
    run(stepwise(Search(asked), 0.45))
    assert len(asked.at) == 21  # equal values of s are asked for once


@pytest.mark.parametrize("evaluations", [8, 9, 20])
@pytest.mark.parametrize("j", [lambda s: s, lambda s: -s, lambda s: math.sin(40 * s)])
def test_the_number_of_evaluations_does_not_depend_on_j(j, evaluations):
    asked = Asked(j)
    search = Search(asked)
    run(golden_section(search, 0.1, 0.9, evaluations=evaluations))
    assert len(asked.at) == evaluations
    assert all(0.1 <= s <= 0.9 for s in asked.at)
    assert search.found[search.best] == min(j(s) for s in asked.at)


def test_of_two_valleys_the_scan_finds_the_deeper():
    search = Search(Asked(lambda s: min((s - 0.2) ** 2, (s - 0.8) ** 2 - 0.01)))
    run(golden_section(search, 0.0, 1.0))
    assert search.best == pytest.approx(0.8, abs=1e-3)


def test_where_j_is_undefined_it_is_avoided_and_nowhere_means_undefined():
    def holed(s):
        if s < 0.6:
            raise Undefined("a hole")
        return parabola(s)

    search = Search(Asked(holed))
    run(golden_section(search, 0.1, 1.7))
    assert search.best == pytest.approx(0.7, abs=0.02)
    nowhere = Search(Asked(lambda s: holed(0.0)))
    run(golden_section(nowhere, 0.1, 1.7))
    with pytest.raises(Undefined, match="no value anywhere"):
        _ = nowhere.best


# --- SmoothTaylor -------------------------------------------------------------------------------------------------

OBJECTIVE = {"aupc": ("perturbation_score", {"sign": "absolute"}), "autvc": ("total_variation", {})}


@pytest.fixture(scope="module")
def picture():
    """A small network with a bend everywhere, and an image with room for 30 windows."""
    generator = torch.Generator().manual_seed(3)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 64, 3)).double()
    for p in model.parameters():
        p.data = torch.randn(p.shape, generator=generator, dtype=torch.float64) * (0.5 if p.ndim > 1 else 0.1)
    return model, torch.rand(1, 1, 10, 10, generator=generator, dtype=torch.float64)


def height(model, x, phi, tune):
    metric, settings = OBJECTIVE[tune]
    return float(hp.score(model, x, phi, metric, target=1, **settings))


@pytest.mark.parametrize(("tune", "search"), [("aupc", "golden"), ("autvc", "golden"), ("autvc", "seed")])
def test_the_tuned_map_is_the_map_at_the_best_sigma(picture, tune, search):
    model, x = picture
    start, heights = float(x.abs().mean()), {}

    async def j(s):
        phi = hp.explain(model, x, "smooth_taylor", sigma=s, n=7, target=1)
        heights[s] = height(model, x, phi, tune)
        return heights[s]

    by_hand = Search(j)
    run(stepwise(by_hand, start) if search == "seed" else golden_section(by_hand, start / 8, 2 * start))
    tuned = hp.explain(model, x, "smooth_taylor", tune=tune, search=search, n=7, target=1)
    best = hp.explain(model, x, "smooth_taylor", sigma=by_hand.best, n=7, target=1)
    close(tuned, best)
    assert height(model, x, tuned, tune) == pytest.approx(min(heights.values()))
    assert len(set(heights.values())) > 3


@pytest.mark.parametrize("search", ["golden", "seed"])
def test_the_choice_is_noted(picture, search):
    model, x = picture
    with session(model, x) as ready:
        method = explain_with(formula("method", "smooth_taylor"), {"n": 7, "tune": "autvc", "search": search})
        executor = ready.executor(ready.evaluator(), tuple(x.shape[1:]))
        (outcome,) = executor.run([method.explanation(ready.score(x[0], 1))])
    notes, start = dict(outcome.value.notes), float(x.abs().mean())
    close(outcome.value.map[None], hp.explain(model, x, "smooth_taylor", sigma=notes["sigma"], n=7, target=1))
    assert notes["objective"] == pytest.approx(height(model, x, outcome.value.map[None], "autvc"))
    assert notes["tried"] * 7 == executor.account.total("gradients")
    assert (notes.get("low"), notes.get("high")) == ((start / 8, 2 * start) if search == "golden" else (None, None))


def test_tuning_costs_twelve_maps_and_their_objectives(picture):
    model, x = picture

    def cost(**settings):
        with session(model, x, batch=8) as ready:
            executor = ready.executor(ready.evaluator(), tuple(x.shape[1:]))
            method = explain_with(formula("method", "smooth_taylor"), {"n": 7, **settings})
            (outcome,) = executor.run([method(ready.score(x[0], 1))])
            assert outcome.error is None
            return executor.account.total("gradients"), executor.account.total("forwards")

    assert cost() == (7, 0)
    assert cost(tune="autvc") == (12 * 7, 0)
    gradients, forwards = cost(tune="aupc")
    assert gradients == 12 * 7
    # Windows that several maps begin with are replaced once for all of them.
    assert 1 + 30 * 50 < forwards <= 1 + 12 * 30 * 50


def test_the_search_starts_in_units_of_the_models_normalisation(picture, monkeypatch):
    module = import_module("heatproof.methods.smooth_taylor")
    asked, around = [], module.around

    def watched(image, sigma, n, scale):
        asked.append((sigma, scale))
        return around(image, sigma, n, scale)

    monkeypatch.setattr(module, "around", watched)
    spec = InputSpec(1, 10, 10, mean=(0.3,), std=(0.2,))
    model, x = Classifier(Normalised(deepcopy(picture[0]).float(), spec), input=spec), picture[1].float()
    start = float(((x - 0.3) / 0.2).abs().mean())
    hp.explain(model, x, "smooth_taylor", tune="autvc", n=2)
    assert {scale for _, scale in asked} == {"normalised"}
    assert [s for s, _ in asked[:5]] == pytest.approx([start * (2 + 7.5 * k) / 16 for k in range(5)], rel=1e-5)
    asked.clear()
    hp.explain(model, x, "smooth_taylor", tune="autvc", search="seed", n=2)
    assert [s for s, _ in asked[:2]] == pytest.approx([start, start + 0.1], rel=1e-5)


def test_a_map_that_is_flat_at_every_sigma_has_no_tuned_one():
    model = nn.Sequential(nn.Flatten(), nn.Linear(54, 2)).double()
    model[1].weight.data.zero_()
    x = case(0).x[None].new_ones(1, 1, 6, 9)
    assert hp.explain(model, x, "smooth_taylor", tune="autvc", n=4).isnan().all()
