"""C10: maps, images and answers that are out of the ordinary have a finite value or none, and disturb nobody."""

import warnings
from collections.abc import Callable
from math import isinf, isnan

import torch
from torch import Tensor, nn

from heatproof.check.broken import expect, expect_close, expect_same
from heatproof.check.supplies import maps_of, pictures
from heatproof.check.table import check, is_method, is_metric
from heatproof.check.trial import Trial
from heatproof.vocabulary.formula import Formula

MAPS: dict[str, Callable[[Tensor], Tensor]] = {
    "zero": torch.zeros_like,
    "constant": lambda x: torch.full_like(x, 0.3),
    "negative": lambda x: -x - 0.1,
    "tied": lambda x: (maps_of(x) * 2).round(),
    "huge": lambda x: maps_of(x) * 1e30,
    "largest": lambda x: maps_of(x) / maps_of(x).abs().max() * 3.4e38,
    "tiny": lambda x: maps_of(x) * 1e-30,
    "denormal": lambda x: maps_of(x) * 1e-43,
    "one pixel": lambda x: torch.zeros_like(x).index_fill(2, torch.tensor([3]), 1.0),
}
ORDINARY = {"negative", "tied", "huge", "tiny"}
"""Maps that rank the pixels: a metric of nothing but the map and the model has a value for them."""
MULTIPLES = {"huge", "largest", "tiny"}
HOPELESS = {"NaN": float("nan"), "infinity": float("inf"), "-infinity": -float("inf")}
IMAGES: dict[str, Callable[[Tensor], Tensor]] = {
    "black": torch.zeros_like,
    "constant": lambda x: torch.full_like(x, 0.3),
    "negative": lambda x: -x,
    "huge": lambda x: x * 1e30,
    "tiny": lambda x: x * 1e-30,
    "one pixel": lambda x: torch.zeros_like(x).index_fill(2, torch.tensor([3]), 1.0),
}


@check("C10", fits=is_metric)
def strange_maps(trial: Trial) -> None:
    x = pictures(3)
    wanted = trial.run(trial.net(), x)
    for kind in (*MAPS, *HOPELESS):
        maps = maps_of(x)
        if kind in MAPS:
            maps[1] = MAPS[kind](x[1])
        else:
            maps[1, 0, 2, 2] = HOPELESS[kind]
        kept = maps.clone()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = trial.run(trial.net(), x, maps=maps)
        expect_same(found[[0, 2]], wanted[[0, 2]], f"the neighbours of a {kind} map to keep their values")
        expect_same(maps, kept, f"a {kind} map not to be written to")
        _one_value(trial, kind, float(found[1]))
        if kind in MULTIPLES and _is_free_of_scale(trial.formula):
            expect_close(
                found[1:2], wanted[1:2], 1e-4, f"a {kind} map to have the value of the map it is a multiple of"
            )


def _is_free_of_scale(formula: Formula) -> bool:
    return "scale" in formula.claims.invariant_to and "explain" not in formula.ingredients


def _one_value(trial: Trial, kind: str, found: float) -> None:
    expect(not isinf(found), f"a finite value or none for a {kind} map", f"{found}")
    if kind in HOPELESS:
        expect(isnan(found), f"no value for a map that holds {kind}", f"{found:g}")
    if kind in ORDINARY and "explain" not in trial.formula.ingredients:
        expect(not isnan(found), f"a value for a {kind} map", "none")


@check("C10", fits=is_metric)
def maps_of_any_type(trial: Trial) -> None:
    x = pictures(2)
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.uint8, torch.bool):
        maps = (maps_of(x).abs() * 3).to(dtype)
        kept = maps.clone()
        found, wanted = trial.run(trial.net(), x, maps=maps), trial.run(trial.net(), x, maps=maps.float())
        expect_same(found, wanted, f"maps in {dtype} to be read as numbers")
        expect(torch.equal(maps, kept), f"maps in {dtype} not to be written to", "a change")


@check("C10", fits=is_method)
def strange_images(trial: Trial) -> None:
    x = pictures(3)
    wanted = trial.run(trial.net(), x, target=1)
    for kind, make in IMAGES.items():
        strange = x.clone()
        strange[1] = make(x[1])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = trial.run(trial.net(), strange, target=1)
        expect_same(found[[0, 2]], wanted[[0, 2]], f"the neighbours of a {kind} image to keep their maps")
        whole = bool(torch.isfinite(found[1]).all() | torch.isnan(found[1]).all())
        expect(whole, f"a finite map or none for a {kind} image", f"{_broken(found[1])} values that are not finite")


def _broken(t: Tensor) -> int:
    return int((~torch.isfinite(t)).sum())


@check("C10", everywhere=True)
def finite_or_none(trial: Trial) -> None:
    found = trial.found.reshape(len(trial.images), -1)
    whole = torch.isfinite(found).all(1) | torch.isnan(found).all(1)
    expect(whole.all(), "every image to have a finite answer or none", f"{_broken(found)} values that are not finite")


class Speechless(nn.Module):
    """Answers NaN, or infinity, for images whose first value is above 2."""

    def __init__(self, net: nn.Module, what: float) -> None:
        super().__init__()
        self.net, self.what = net, what

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x[:, 0, 0, :1] > 2, self.what, self.net(x))


@check("C10")
def an_image_without_an_answer(trial: Trial) -> None:
    trial, x = trial.on("residual"), pictures(3)
    bad = x.clone()
    bad[1, 0, 0, 0] = 3
    for what in HOPELESS.values():
        net = Speechless(trial.net(), what)
        wanted, found = trial.run(net, x), trial.run(net, bad)
        expect_same(found[[0, 2]], wanted[[0, 2]], f"an answer of {what} not to touch the other images")
        if trial.formula.asks_model and not trial.formula.claims.control:
            expect(torch.isnan(found[1]).all(), f"no answer where the model answers {what}", "a value")
