"""All formulas together give the bits that each gives alone, and fixed batches go through the model."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from engine_lab import ALL_TOGETHER_BATCH, Lab, Seen, cnn, explaining, lab, pictures, reading
from torch import Tensor, nn

from heatproof.engine.evaluate import ModelEvaluator
from heatproof.engine.group import GroupKey, Piece
from heatproof.models.shapes import small
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.points import Cloud
from heatproof.vocabulary.query import LOGITS, Quantity, Query
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.registry import formulas

METHODS, METRICS = formulas("method"), formulas("metric")


async def everything(here: Lab, x: Tensor) -> dict[str, object]:
    """Every map and every reading of one image, side by side."""
    f = here.f(x, here.predicted(x))
    jobs = {m: explaining(f, m) for m in METHODS} | {m: reading(f, x - 0.4, m) for m in METRICS}
    return dict(zip(jobs, await together(jobs.values()), strict=True))


async def one(here: Lab, x: Tensor, name: str) -> dict[str, object]:
    f = here.f(x, here.predicted(x))
    return {name: await (explaining(f, name) if name in METHODS else reading(f, x - 0.4, name))}


def _same(a: object, b: object) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return torch.equal(a, b)
    assert isinstance(a, Reading)
    assert isinstance(b, Reading)
    return float(a.value) == float(b.value) and {n: _points(c.y) for n, c in a.curves.items()} == {
        n: _points(c.y) for n, c in b.curves.items()
    }


def _points(y: object) -> list[object]:
    return y.tolist() if isinstance(y, Tensor) else list(y)  # type: ignore[call-overload]


@pytest.mark.parametrize("window", [1, 4])
def test_each_formula_gives_the_same_alone_and_among_all(window: int) -> None:
    x = pictures(4)
    with lab(batch=ALL_TOGETHER_BATCH) as here:
        among = here.values(*[everything(here, row) for row in x], window=window)
        for i, name in enumerate([*METHODS, *METRICS]):
            alone = here.values(one(here, x[i % 4], name))[0][name]
            assert _same(among[i % 4][name], alone), name


@pytest.mark.parametrize("batch", [3, 8])
def test_the_model_sees_two_batch_shapes_only(batch: int) -> None:
    shapes = set()
    with lab(Seen(cnn(), lambda z: shapes.add(tuple(z.shape))), batch=batch) as here:
        shapes.clear()
        here.values(*[everything(here, row) for row in pictures(3)])
    # DeepLIFT's points are pairs of an image and a reference, which go through the model together.
    assert shapes == {(batch, 3, 8, 8), (small(batch), 3, 8, 8), (2 * max(1, batch // 4), 3, 8, 8)}


def shapes_of(names: list[str], images: int, *, steady: bool) -> list[int]:
    """Rows of each batch for these methods of some images, with a model that is, or is not, taken for steady."""
    seen: list[int] = []
    with lab(Seen(cnn(), lambda z: seen.append(len(z))), batch=64) as here:
        here.found = replace(here.found, steady=steady)
        jobs = [explaining(here.f(x, 0), name, **SETTINGS[name]) for x in pictures(images) for name in names]
        seen.clear()
        here.values(*jobs, window=images * len(names))
    return sorted(seen)


SETTINGS: dict[str, dict[str, Any]] = {"gradient": {}, "smoothgrad": {"n": 33}}


def test_questions_of_one_point_go_in_small_batches_whoever_else_asks() -> None:
    assert shapes_of(["gradient"], 1, steady=False) == [16]
    assert shapes_of(["gradient"], 64, steady=False) == [16] * 4
    assert shapes_of(["smoothgrad", "gradient"], 1, steady=False) == [16, 64]


def test_where_bits_do_not_depend_on_the_shape_all_questions_share_batches_and_little_is_padded() -> None:
    assert shapes_of(["gradient"], 1, steady=True) == [16]
    assert shapes_of(["gradient"], 64, steady=True) == [64]
    assert shapes_of(["gradient"], 49, steady=True) == [64]
    assert shapes_of(["smoothgrad", "gradient"], 1, steady=True) == [16] * 3
    assert shapes_of(["smoothgrad", "gradient"], 2, steady=True) == [16, 64]


class Uneven(nn.Module):
    """A network whose last bits depend on the shape of the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.net = cnn()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.net(x)
        return y * (1 + len(x) * 1e-6)


def test_the_pre_flight_tells_whether_bits_depend_on_the_shape() -> None:
    with lab(batch=64) as here:
        assert here.found.steady
    with lab(Uneven(), batch=64) as here:
        assert not here.found.steady
        assert here.found.gradient_brings_logits


def test_full_batches_come_first_and_padding_only_when_nobody_can_go_on() -> None:
    filled = []
    with lab(Seen(cnn(), lambda z: filled.append(int((z.flatten(1) != 0).any(1).sum()))), batch=8) as here:
        filled.clear()
        here.values(*[explaining(here.f(row), "smoothgrad", n=5) for row in pictures(16)], window=16)
    assert filled == [8] * 10


@pytest.mark.parametrize("quantity", [LOGITS, Quantity("gradient", 1), Quantity("layer", 1, layer="0.0")])
def test_padding_is_never_answered(quantity: Quantity) -> None:
    with lab(batch=8) as here:
        query = Query(Cloud(here.f(pictures(1)[0]).image, 0.1, 3), quantity, (), 0, 3)
        piece = Piece(0, query.family, query.points, quantity.target, 0, 3)
        done = ModelEvaluator(here.room, 8).evaluate(GroupKey.of(query, steady=False), [piece])
    assert len(done.logits) == 3
    assert done.extra is None or {len(t) for t in (done.extra if isinstance(done.extra, tuple) else [done.extra])} == {
        3
    }
