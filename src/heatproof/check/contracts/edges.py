"""C15, C16: small and odd images, extreme settings, one to four channels."""

from collections.abc import Iterator
from math import inf, isfinite
from typing import Any

import torch
from torch import Tensor

from heatproof.check.broken import Absent, expect, expect_same
from heatproof.check.supplies import about, cheap, pictures
from heatproof.check.table import check, is_metric
from heatproof.check.trial import Refusal, Trial
from heatproof.check.watch import Spy
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.settings import Baseline, Removal

SIDES = ((1, 1), (1, 9), (7, 5), (2, 2), (13, 13))
SETTINGS = {"HP102", "HP103", "HP105"}
"""Codes that say which value of which setting cannot be used."""


@check("C15")
def every_size(trial: Trial) -> None:
    small = {name: 1 for name in ("square", "window") if name in trial.formula.settings}
    for side in SIDES:
        x = pictures(2, side=13)[:, :, : side[0], : side[1]].contiguous()
        found = trial.attempt(trial.net(), x, **small)
        name = f"{side[0]} x {side[1]} pixels"
        if isinstance(found, Refusal):
            expect(side == (1, 1), f"an answer for images of {name}", found)
            continue
        wanted = tuple(x.shape) if trial.formula.kind == "method" else (2,)
        expect(tuple(found.shape) == wanted, f"an answer of shape {wanted}", f"{tuple(found.shape)}")
        expect(_whole(found).all(), f"a finite answer or none for images of {name}", "infinity, or some NaN")
        expect(trial.finite(found).any() | (min(side) < 3), f"an answer for images of {name}", "none")


def _whole(found: Tensor) -> Tensor:
    rows = found.reshape(len(found), -1)
    return torch.isfinite(rows).all(1) | torch.isnan(rows).all(1)


@check("C15")
def every_named_and_extreme_setting(trial: Trial) -> None:
    x = pictures(2)
    for options in _extremes(trial.formula):
        try:
            found = trial.run(trial.net(), x, **options)
        except HeatproofError as error:
            expect(error.code in SETTINGS, f"a value, or HP105 naming the setting, with {options}", error.line)
            continue
        expect(_whole(found).all(), f"a finite answer or none with {options}", "infinity, or some NaN")


def _extremes(formula: Formula) -> Iterator[dict[str, Any]]:
    """Each setting in turn: every name that it takes, and the ends of its range where they cost little."""
    for name, setting in formula.settings.items():
        yield from ({name: choice} for choice in setting.choices)
        if bool in setting.kinds:
            yield from ({name: value} for value in (False, True))
        low, high = (setting.about.low, setting.about.high) if setting.about else (-inf, inf)
        if isfinite(low) and float in setting.kinds:
            yield {name: low}
        if isfinite(low) and int in setting.kinds:
            yield {name: int(low)}
        if high <= 1 and float in setting.kinds:
            yield from ({name: value} for value in (1e-9, high))


@check("C15")
def every_preset(trial: Trial) -> None:
    formula = trial.formula
    if not formula.claims.presets:
        raise Absent("it has no presets")
    for name in formula.claims.presets:
        try:
            formula.bind({"preset": name, **cheap(formula)})
            formula.bind({"preset": name})
        except HeatproofError as error:
            expect(False, f"preset '{name}' to hold settings that it takes", error.line)


@check("C16")
def every_number_of_channels(trial: Trial) -> None:
    trial = trial.on("residual")
    for channels in (1, 3, 4):
        x = pictures(2, channels)
        found = trial.run(trial.net(channels), x)
        wanted = tuple(x.shape) if trial.formula.kind == "method" else (2,)
        expect(tuple(found.shape) == wanted, f"an answer of shape {wanted}", f"{tuple(found.shape)}")
        expect(trial.finite(found).all(), f"answers for images with {channels} channels", "none")


@check("C16", fits=is_metric)
def a_map_with_one_channel(trial: Trial) -> None:
    x, flat = pictures(2, 4), pictures(2, 1) - 0.3
    found = trial.run(trial.net(4), x, maps=flat)
    wanted = trial.run(trial.net(4), x, maps=(flat / 4).expand_as(x))
    expect_same(found, wanted, "a map with one channel to be spread over all")


def _takes_away(formula: Formula) -> str | None:
    """The setting which says what stands in the place of pixels that are taken away."""
    kinds = {name: setting.about for name, setting in formula.settings.items()}
    removal = [name for name, kind in kinds.items() if kind is about(Removal)]
    baseline = [name for name, kind in kinds.items() if kind is about(Baseline)]
    return next(iter(removal + (baseline if formula.claims.family == "perturbation" else [])), None)


@check("C16", fits=lambda formula: _takes_away(formula) is not None)
def a_pixel_is_taken_away_in_all_channels(trial: Trial) -> None:
    gap = _takes_away(trial.formula)
    assert gap
    for channels in (1, 3, 4):
        x = pictures(1, channels) / 2 + 0.5
        seen: list[Tensor] = []
        trial.run(Spy(trial.net(channels), seen.append), x, **dict[str, Any]({gap: 0.25}))
        gone = torch.cat(seen) == 0.25
        expect(gone.any(), f"pixels to be taken away ({gap}: 0.25)", "none were")
        whole = torch.equal(gone, gone.all(1, keepdim=True).expand_as(gone))
        expect(whole, f"pixels to be taken away in all {channels} channels", "some were in a part of them")
