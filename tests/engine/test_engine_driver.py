"""The driver: nesting, exceptions thrown into parents, foreign awaitables, nothing left un-awaited."""

import asyncio
import gc
import warnings
from collections.abc import Coroutine, Generator
from typing import Any

import pytest
import torch
from engine_lab import Lab, explaining, lab, pictures
from torch import Tensor

from heatproof.engine.driver import Driver, Outcome, Task
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import HeatproofError, Undefined
from heatproof.vocabulary.points import Cloud
from heatproof.vocabulary.query import Query
from heatproof.vocabulary.score import Score


def drive(*jobs: Coroutine[Any, Any, Any]) -> list[Outcome]:
    """Run coroutines that ask no model anything."""

    def nobody(query: Query, task: Task) -> None:
        raise AssertionError("no question expected")

    driver, outcomes = Driver(nobody), dict[int, Outcome]()
    for i, job in enumerate(jobs):
        driver.start(job, i, lambda outcome, i=i: outcomes.update({i: outcome}))  # type: ignore[misc]
    driver.advance()
    return [outcomes[i] for i in range(len(jobs))]


async def value(x: Any) -> Any:
    return x


async def fails(error: BaseException) -> Any:
    raise error


async def total(n: int) -> int:
    """2^n leaves, each worth 1, as a tree of coroutines."""
    return 1 if n == 0 else sum(await together([total(n - 1), total(n - 1)]))


def test_results_come_in_the_order_of_the_tasks_however_deep() -> None:
    async def parent() -> list[Any]:
        return await together([value("a"), together_of("b", "c"), value("d")])

    async def together_of(*names: str) -> list[str]:
        return await together(value(n) for n in names)

    assert [o.value for o in drive(parent(), total(7))] == [["a", ["b", "c"], "d"], 128]


def test_nothing_side_by_side_is_an_empty_list() -> None:
    async def parent() -> list[Any]:
        return await together([])

    assert drive(parent())[0].value == []


def test_an_error_of_a_child_can_be_caught_by_its_parent() -> None:
    async def parent() -> str:
        try:
            await together([value(1), fails(Undefined("no value"))])
        except Undefined as error:
            return f"caught {error.reason}"
        return "missed"

    assert drive(parent())[0].value == "caught no value"


def test_an_uncaught_error_ends_its_own_job_only_and_siblings_finish_first() -> None:
    ended = []

    async def sibling() -> None:
        await together([value(1)])
        ended.append(True)

    async def parent() -> None:
        await together([fails(ValueError("broken")), sibling()])

    first, second = drive(parent(), value(2))
    assert isinstance(first.error, ValueError)
    assert ended == [True]
    assert second == Outcome(2)


def test_cleaning_up_runs_when_an_error_comes_back() -> None:
    steps = []

    async def parent() -> None:
        try:
            await together([fails(KeyError("x"))])
        finally:
            steps.append("cleaned")

    assert isinstance(drive(parent())[0].error, KeyError)
    assert steps == ["cleaned"]


class Foreign:
    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield self)


def _foreign() -> list[Any]:
    return [Foreign, lambda: asyncio.sleep(0), lambda: together([1]), lambda: together([value(1), Foreign()])]


@pytest.mark.parametrize("awaited", _foreign(), ids=["own awaitable", "asyncio", "a number", "an awaitable among jobs"])
def test_something_foreign_is_refused_with_the_name_of_the_formula(awaited: Any) -> None:
    async def my_method() -> None:
        await awaited()

    async def around() -> None:
        await my_method()

    (outcome,) = drive(around())
    assert isinstance(outcome.error, HeatproofError)
    assert outcome.error.code == "HP222"
    assert "my_method" in outcome.error.line.split(" awaited ")[0]
    gc.collect()


@pytest.mark.parametrize("use", [lambda a: a.abs(), lambda a: a.shape, lambda a: a.mean(0).abs()])
def test_a_forgotten_await_says_so(use: Any) -> None:
    async def gradient_of(f: Score) -> Tensor:
        return use(f.grad(f.x)) if use is not None else f.image.x

    async def activation_of(f: Score) -> Tensor:
        return use(f.layer(f.x, "0.0"))

    with lab() as here, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the coroutine of .mean() is what was forgotten
        for job in (gradient_of, activation_of):
            (outcome,) = here.executor().run([job(here.f(pictures(1)[0]))])
            assert isinstance(outcome.error, AttributeError)
            assert "await" in str(outcome.error) or "coroutine" in str(outcome.error)
        gc.collect()


@pytest.mark.parametrize("window", [1, 3, 16])
def test_many_jobs_that_ask_nothing_all_end(window: int) -> None:
    with lab() as here:
        outcomes = here.executor(window=window).run(value(i) for i in range(100))
    assert [o.value for o in outcomes] == list(range(100))


@pytest.mark.parametrize("window", [1, 2, 5])
def test_at_most_a_window_of_images_is_in_flight(window: int) -> None:
    flying, most = set(), []

    async def job(here: Lab, i: int, x: Tensor) -> int:
        flying.add(i)
        most.append(len(flying))
        f = here.f(x)
        for k in range(1 + i % 3):
            await f.grad(Cloud(f.image, 0.1 + k, 3))
        flying.discard(i)
        return i

    with lab() as here:
        outcomes = here.executor(window=window).run(job(here, i, x) for i, x in enumerate(pictures(12)))
    assert [o.value for o in outcomes] == list(range(12))
    assert max(most) == window


def test_a_run_without_jobs_is_empty() -> None:
    with lab() as here:
        assert here.executor().run([]) == []


@pytest.mark.parametrize("stop", [1, 2, 5])
def test_an_interrupted_run_leaves_no_coroutine_unawaited(stop: int) -> None:
    rounds = []

    def tick() -> None:
        rounds.append(1)
        if len(rounds) == stop:
            raise KeyboardInterrupt

    async def job(f: Score) -> None:
        await together([explaining(f, "smoothgrad"), explaining(f, "occlusion"), together_later(f)])

    async def together_later(f: Score) -> None:
        await f(f.x)
        await together([explaining(f, "gradient"), explaining(f, "vargrad")])

    with warnings.catch_warnings(record=True) as caught, lab() as here:
        warnings.simplefilter("always")
        with pytest.raises(KeyboardInterrupt):
            here.executor(window=2, tick=tick).run(job(here.f(x)) for x in pictures(5))
        gc.collect()
    assert not [w for w in caught if "never awaited" in str(w.message)]
    assert torch._C._len_torch_function_stack() == 0
