"""What is asked twice is evaluated once: pinned numbers of evaluations."""

from dataclasses import replace

import pytest
import torch
from engine_lab import Lab, cnn, explaining, lab, pictures, reading
from torch import Tensor

from heatproof.engine.executor import Executor
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.edits import Randomized
from heatproof.vocabulary.points import At, Cloud
from heatproof.vocabulary.registry import formulas
from heatproof.vocabulary.rehearsal import rehearsing
from heatproof.vocabulary.score import Score

ABSOLUTE = {"sigma": 0.3, "scale": "absolute"}


def _run(here: Lab, *jobs: object) -> Executor:
    """Jobs of one image side by side, then the executor with its account."""

    async def all_of_them() -> None:
        await together(jobs)  # type: ignore[arg-type]

    executor = here.executor()
    (outcome,) = executor.run([all_of_them()])
    assert outcome.error is None, outcome.error
    return executor


def test_four_methods_of_one_sigma_cost_the_gradients_of_one() -> None:
    names = ("smoothgrad", "smoothgrad_squared", "vargrad", "smooth_taylor")
    with lab() as here:
        f = here.f(pictures(1)[0])
        jobs = [explaining(f, m, n=n, **ABSOLUTE) for m in names for n in (25, 50, 100, 200)]
        account = _run(here, *jobs).account
    assert account.total("gradients", asked=True) == 4 * 375
    assert (account.total("gradients"), account.total("forwards")) == (200, 0)


def test_other_noise_is_not_shared() -> None:
    with lab() as here:
        f = here.f(pictures(1)[0])
        jobs = [
            explaining(f, "smoothgrad", n=10, **ABSOLUTE),
            explaining(f, "smoothgrad", n=10, sigma=0.31, scale="absolute"),
            explaining(f.reseeded(1), "smoothgrad", n=10, **ABSOLUTE),
            explaining(here.f(pictures(1)[0], target=1), "smoothgrad", n=10, **ABSOLUTE),
            explaining(f.edited(Randomized(("4",))), "smoothgrad", n=10, **ABSOLUTE),
            explaining(f.linked_by("margin"), "smoothgrad", n=10, **ABSOLUTE),
        ]
        assert _run(here, *jobs).account.total("gradients") == 60


def test_how_gradients_are_read_costs_nothing() -> None:
    with lab() as here:
        f = here.f(pictures(1)[0])
        ways = [{"unit": u, "absolute": a, "n": 12} for u in ("pixel", "normalised") for a in (False, True)]
        jobs = [explaining(f, m, **way) for m in ("smoothgrad", "vargrad") for way in ways]
        assert _run(here, *jobs).account.total("gradients") == 12


def test_noisy_paths_and_random_baselines_nest() -> None:
    path = {"steps": 6, "rule": "midpoint"}
    with lab() as here:
        f = here.f(pictures(1)[0])
        jobs = [explaining(f, "ig_smoothgrad", n=n, **path) for n in (2, 5, 9)]
        assert _run(here, *jobs).account.total("gradients") == 9 * 6
        jobs = [explaining(f, "integrated_gradients", baseline="uniform", baselines=n, **path) for n in (1, 3, 7)]
        assert _run(here, *jobs).account.total("gradients") == 7 * 6


def test_expected_gradients_nest_and_references_are_told_apart() -> None:
    references = [pictures(4), pictures(5)[1:]]
    with lab() as here:
        f = here.f(pictures(1)[0])
        jobs = [
            explaining(replace(f, extras={"reference": r}), "expected_gradients", n=n, sigma=s)
            for r in references
            for s in (0.0, 0.1)
            for n in (5, 20, 33)
        ]
        assert _run(here, *jobs).account.total("gradients") == 4 * 33


def test_relative_and_absolute_noise_of_the_same_size_are_shared() -> None:
    with lab() as here:
        f = here.f(pictures(1)[0])
        spread = float(f.image.x.max() - f.image.x.min())
        jobs = [
            explaining(f, "smoothgrad", n=10, sigma=0.2, scale="range"),
            explaining(f, "vargrad", n=10, sigma=0.2 * spread, scale="absolute"),
        ]
        assert _run(here, *jobs).account.total("gradients") == 10


@pytest.mark.parametrize(
    ("metric", "settings", "forwards"),
    [
        ("sensitivity_n", {"subsets": 20, "sizes": 3}, 61),
        ("infidelity", {"n": 40}, 41),
        ("infidelity", {"n": 40, "perturbation": "square", "square": 3}, 41),
        ("completeness", {"baseline": "black"}, 2),
    ],
)
def test_metrics_ask_the_same_for_one_map_as_for_ten(metric: str, settings: dict[str, object], forwards: int) -> None:
    x = pictures(1)[0]
    maps = [torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(i)) - 0.5 for i in range(10)]
    with lab() as here:
        f = here.f(x)
        one = _run(here, reading(f, maps[0], metric, **settings)).account
        ten = _run(here, *[reading(f, phi, metric, **settings) for phi in maps]).account
    assert one.total() == ten.total() == forwards
    assert ten.total(asked=True) == 10 * one.total(asked=True)


def test_removal_curves_share_their_ends_with_everybody() -> None:
    x = pictures(1)[0]
    phi = x - 0.3
    with lab() as here:
        f = here.f(x)
        names = ("deletion", "srg", "completeness")
        account = _run(
            here, *[reading(f, phi, m, **({} if m == "completeness" else {"steps": 8})) for m in names]
        ).account
        # x, nothing, and 7 points between of most relevant first, 7 of least relevant first
        assert account.total() == 2 + 7 + 7


def test_the_outputs_that_a_gradient_brings_are_not_evaluated_again() -> None:
    async def first_gradient(f: Score) -> None:
        cloud = Cloud(f.image, 0.1, 30)
        await f.grad(cloud)
        await f(cloud)
        await f.linked_by("probability")(cloud)

    async def side_by_side(f: Score) -> None:
        cloud = Cloud(f.image, 0.2, 30)

        async def forward() -> Tensor:
            return await f(cloud)

        async def gradient() -> Tensor:
            return await f.grad(cloud)

        a, g, b = await together([gradient(), forward(), forward()])
        assert torch.equal(g, b)
        assert a.shape == (30, 3, 8, 8)

    with lab() as here:
        assert here.found.gradient_brings_logits
        for job in (first_gradient, side_by_side):
            account = _run(here, job(here.f(pictures(1)[0]))).account
            assert (account.total("gradients"), account.total("forwards")) == (30, 0)


def test_logits_serve_every_class_and_every_link() -> None:
    with lab() as here:
        executor = here.executor()

        async def job() -> list[Tensor]:
            image = here.f(pictures(1)[0]).image
            scores = [
                here.f(image.x, t).linked_by(link) for t in range(5) for link in ("logit", "margin", "probability")
            ]
            return [await g(At(g.image)) for g in scores]

        (outcome,) = executor.run([job()])
        with torch.no_grad():
            z = cnn()(pictures(1))[0]
        torch.testing.assert_close(torch.cat(outcome.value[::3]), z)
        torch.testing.assert_close(torch.cat(outcome.value[2::3]), z.softmax(0))
        assert executor.account.total() == 1


def test_a_longer_question_asks_only_for_what_is_new() -> None:
    async def growing(f: Score) -> None:
        for n in (10, 25, 25, 60, 5):
            await f.grad(Cloud(f.image, 0.1, n))

    with lab() as here:
        account = _run(here, growing(here.f(pictures(1)[0]))).account
    assert account.total("gradients", asked=True) == 125
    assert account.total("gradients") == 60


def test_answers_are_kept_apart_between_images_and_dropped_with_them() -> None:
    with lab() as here:
        executor = here.executor(window=2)
        x = pictures(3)
        outcomes = executor.run(explaining(here.f(row), "gradient") for row in [*x, x[0]])
        assert torch.equal(outcomes[0].value, outcomes[3].value)
        assert not torch.equal(outcomes[0].value, outcomes[1].value)
        assert executor.account.total() == 4


def _work(here: Lab, x: Tensor, kind: str, name: str) -> object:
    origin = f"{kind} {name}"
    with torch.no_grad():
        predicted = int(cnn()(x[None]).argmax())  # some metrics are about the prediction
    f = here.f(x, predicted, origin=origin)
    return explaining(f, name) if kind == "method" else reading(f, x - 0.4, name)


ALL = [("method", m) for m in formulas("method")] + [("metric", m) for m in formulas("metric")]


@pytest.mark.parametrize("which", [*ALL, None], ids=lambda w: " ".join(w) if w else "all together")
def test_planned_numbers_are_run_numbers(which: tuple[str, str] | None) -> None:
    x = pictures(1)[0]
    with lab() as here:

        async def job() -> None:
            await together(_work(here, x, *w) for w in ([which] if which else ALL))  # type: ignore[arg-type]

        planned, run = here.rehearsal(), here.executor()
        with rehearsing():
            (rehearsed,) = planned.run([job()])
        (outcome,) = run.run([job()])
        assert rehearsed.error is None
        assert outcome.error is None
    assert run.account.total() > 0 or (which and not run.account.asked)
    early = {f"{kind} {name}" for kind, name in ALL if formulas(kind)[name].claims.stops_early}
    if early & {*run.account.by_origin()}:
        assert planned.account.total() >= run.account.total()
        for counted in (planned.account, run.account):
            for origin in early:
                del counted.asked[origin, "forwards"]
        assert planned.account.asked == run.account.asked
    else:
        assert planned.account == run.account


def test_a_gradient_under_way_answers_forwards_of_its_own_type_only() -> None:
    async def ask(f: Score) -> Tensor:
        return await f(f.x).one()

    async def slope(f: Score) -> Tensor:
        return await f.grad(f.x).one()

    with lab() as here:
        f = here.f(pictures(1)[0])
        coarse = f.in_precision("bfloat16")
        account = _run(here, slope(f), ask(f), ask(coarse), ask(coarse)).account
    assert (account.total("gradients"), account.total("forwards")) == (1, 1)
