"""Images of one pixel, of odd sides, with one, three and four channels."""

import pytest
import torch
from contracts import EVERYTHING, METHODS, METRICS, REFUSALS, Spy, name_of, pictures, run, run_or_refusal, same
from networks import FAMILIES, network
from torch import Tensor

from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.masks import AllSubsets, Windows

SIDES = {"1 x 1": (1, 1), "1 x 9": (1, 9), "7 x 5": (7, 5), "2 x 2": (2, 2), "13 x 13": (13, 13)}


def _images(channels: int, size: tuple[int, int]) -> Tensor:
    return pictures(2, channels, 13)[:, :, : size[0], : size[1]].contiguous()


@pytest.mark.parametrize("size", SIDES)
@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_every_size_has_a_value_or_a_reason(formula: Formula, size: str) -> None:
    x = _images(3, SIDES[size])
    found = run_or_refusal(formula, network("plain cnn"), x, **({"square": 1} if "square" in formula.settings else {}))
    if isinstance(found, str):
        assert found in REFUSALS
        assert SIDES[size] == (1, 1), "only one pixel is too few for a convolution to make a map of"
    elif formula.kind == "method":
        assert found.shape == x.shape
        assert torch.isfinite(found).all()
    else:
        assert found.shape == (2,)
        assert torch.isfinite(found).any() or min(SIDES[size]) < 3


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_every_number_of_channels(formula: Formula, channels: int) -> None:
    x = pictures(2, channels)
    found = run(formula, network("residual", channels), x)
    assert found.shape == (x.shape if formula.kind == "method" else (2,))
    assert torch.isfinite(found).all()


@pytest.mark.parametrize("metric", METRICS)
def test_a_map_with_one_channel_is_spread_over_all(metric: str) -> None:
    x, net = pictures(2, 4), network("plain cnn", 4)
    flat = pictures(2, 1) - 0.3
    assert same(run(METRICS[metric], net, x, maps=flat), run(METRICS[metric], net, x, maps=(flat / 4).expand_as(x)))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    "formula", [f for f in EVERYTHING if "fill" in f.settings or f.name == "occlusion"], ids=name_of
)
def test_a_pixel_is_taken_away_in_all_channels(formula: Formula, channels: int) -> None:
    x = pictures(1, channels) / 2 + 0.5
    seen: list[Tensor] = []
    gap = "fill" if "fill" in formula.settings else "baseline"
    run(formula, Spy(network("plain cnn", channels), seen.append), x, **{gap: 0.25})
    gone = torch.cat(seen) == 0.25
    assert gone.any()
    assert torch.equal(gone, gone.all(1, keepdim=True).expand_as(gone))


@pytest.mark.parametrize("family", [f for f in FAMILIES if f not in ("mlp",)])
def test_families_take_odd_images(family: str) -> None:
    x = _images(3, (7, 5))
    for method in ("gradient", "grad_cam"):
        found = run_or_refusal(METHODS[method], network(family), x)
        assert not isinstance(found, str)
        assert torch.isfinite(found).all()


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
