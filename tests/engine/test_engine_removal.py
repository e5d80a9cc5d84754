"""Whoever removes the same pixels of one image asks for the same points: pinned numbers of evaluations."""

import pytest
import torch
from engine_lab import Lab, lab, pictures, reading
from torch import Tensor, nn

from heatproof.engine.account import Account
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.rehearsal import rehearsing
from heatproof.vocabulary.score import Score

PIXELS = 64  # of the 8 x 8 pictures


def account(here: Lab, f: Score, phi: Tensor, *asked: tuple[str, dict[str, object]]) -> Account:
    """The evaluations of some metrics of one map, side by side."""

    async def all_of_them() -> None:
        await together(reading(f, phi, name, **settings) for name, settings in asked)

    executor = here.executor()
    (outcome,) = executor.run([all_of_them()])
    assert outcome.error is None, outcome.error
    return executor.account


def deletion(steps: int | None, order: str = "morf", **more: object) -> tuple[str, dict[str, object]]:
    return "deletion", {"steps": steps, "order": order, "fill": "black", **more}


def insertion(steps: int | None, order: str = "morf", **more: object) -> tuple[str, dict[str, object]]:
    return "insertion", {"steps": steps, "order": order, "fill": "black", **more}


def subset(steps: int | None, mode: str) -> tuple[str, dict[str, object]]:
    return "minimal_subset", {"steps": steps, "mode": mode}


BOTH_ENDS = 2
CASES = {
    "a curve": ([deletion(8)], BOTH_ENDS + 7),
    "every link, rule and area of it": (
        [deletion(8, link="margin"), deletion(8, rule="mean"), deletion(8, area="over", normalise="whole")],
        BOTH_ENDS + 7,
    ),
    "both orders share their ends": ([deletion(8), deletion(8, "lerf"), ("srg", {"steps": 8})], BOTH_ENDS + 14),
    "putting back what removing the least relevant left": ([deletion(8, "lerf"), insertion(8)], BOTH_ENDS + 7),
    "and in the other order": ([deletion(8), insertion(8, "lerf")], BOTH_ENDS + 7),
    "deletion and insertion, both orders": (
        [deletion(8), deletion(8, "lerf"), insertion(8), insertion(8, "lerf")],
        BOTH_ENDS + 14,
    ),
    "other steps meet where they can": ([deletion(8), deletion(16), deletion(4)], BOTH_ENDS + 15),
    "steps that meet nowhere": ([deletion(3), deletion(2)], BOTH_ENDS + 2 + 1),
    "a stretch of the curve": ([deletion(64), deletion(99, stop=0.15)], BOTH_ENDS + 63),
    "another fill has other points but one": ([deletion(8), deletion(8, fill=0.5)], 1 + 2 * 8),
    "another sign has other points": ([deletion(8), deletion(8, sign="absolute")], BOTH_ENDS + 14),
    "segments are segments": (
        [("irof", {"fill": "black"}), ("iiof", {"fill": "black", "order": "lerf"}), deletion(None, unit="segment")],
        BOTH_ENDS + PIXELS - 1,
    ),
    "completeness": ([deletion(8), ("completeness", {"baseline": "black"})], BOTH_ENDS + 7),
}


@pytest.mark.parametrize("what", CASES)
def test_equal_points_are_evaluated_once(what: str) -> None:
    asked, evaluations = CASES[what]
    x = pictures(1)[0]
    with lab() as here:
        found = account(here, here.f(x), x * 2 - 0.7, *asked)
    assert found.total() == evaluations


def test_maps_of_one_order_share_their_curves_and_others_only_the_ends() -> None:
    x = pictures(1)[0]
    phi = x - 0.3
    with lab() as here:
        f = here.f(x)

        async def all_of(maps: list[Tensor]) -> None:
            await together(reading(f, m, "deletion", steps=8) for m in maps)

        for maps, evaluations in (([phi, 3 * phi, phi.sum(0, keepdim=True).exp()], 9), ([phi, phi.flip(2)], 16)):
            executor = here.executor()
            (outcome,) = executor.run([all_of(maps)])
            assert outcome.error is None
            assert executor.account.total() == evaluations


class Counting(nn.Module):
    """Class 0 wherever the picture has more than `limit` of its brightness."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.limit = nn.Parameter(torch.tensor(limit))

    def forward(self, x: Tensor) -> Tensor:
        s = x.mean((1, 2, 3)) - self.limit
        return torch.stack([s, -s], 1)


@pytest.mark.parametrize(
    ("limit", "subset_size", "evaluations"),
    [
        (0.95, 4, 1 + 8),  # the image, and the first block
        (0.80, 13, 1 + 8 + 16),
        (0.40, 39, 1 + 8 + 16 + 32),
        (0.01, 64, 1 + 64),
        (-1.0, 64, 1 + 64),
    ],
)
def test_a_minimal_subset_is_looked_for_in_blocks(limit: float, subset_size: int, evaluations: int) -> None:
    x = torch.ones(3, 8, 8)
    phi = pictures(1)[0]
    with lab(Counting(limit), x[None]) as here:
        f = here.f(x)
        found = account(here, f, phi, subset(None, "deletion"))
        (value,) = here.values(reading(f, phi, "minimal_subset", steps=None))
    assert value.value == subset_size
    assert found.total() == evaluations


def test_a_minimal_subset_takes_what_a_curve_has_asked() -> None:
    x = torch.ones(3, 8, 8)
    phi = pictures(1)[0]
    with lab(Counting(0.4), x[None]) as here:
        f = here.f(x)
        assert account(here, f, phi, deletion(None), subset(None, "deletion")).total() == 65
        assert account(here, f, phi, deletion(None, "lerf"), subset(None, "insertion")).total() == 65
        assert account(here, f, phi, deletion(16), subset(16, "deletion")).total() == 17
        assert account(here, f, phi, subset(None, "deletion"), subset(None, "insertion")).total() == 57 + 56


@pytest.mark.parametrize("mode", ["deletion", "insertion"])
def test_the_plan_of_a_minimal_subset_is_the_most_it_can_cost(mode: str) -> None:
    x = torch.ones(3, 8, 8)
    early, never = (0.95, -1.0) if mode == "deletion" else (0.05, 0.999)
    for limit, exact in ((early, False), (never, True)):
        with lab(Counting(limit), x[None]) as here:
            f = here.f(x)
            run = account(here, f, pictures(1)[0], subset(None, mode))
            planned = here.rehearsal()
            with rehearsing():
                (outcome,) = planned.run([reading(f, pictures(1)[0], "minimal_subset", steps=None, mode=mode)])
        assert outcome.error is None
        assert planned.account.total() == 65
        assert (run.total() == 65) == exact
