"""C18: what cannot fail proves nothing: other maps have other values, another model has another map."""

from collections.abc import Iterator

import torch
from torch import nn

from heatproof.check.broken import expect, same
from heatproof.check.families.seeded import seeded
from heatproof.check.probes import Line
from heatproof.check.supplies import pictures
from heatproof.check.table import check, is_method, is_metric
from heatproof.check.trial import Trial
from heatproof.study.direct import explain
from heatproof.vocabulary.formula import Formula


def _looks(formula: Formula) -> bool:
    return is_method(formula) and not formula.claims.control


@check("C18", fits=_looks)
def another_model_has_another_map(trial: Trial) -> None:
    x = pictures(2)
    maps = [trial.run(trial.net(seed=seed), x, target=1) for seed in range(3)]
    expect(any(not same(maps[0], m) for m in maps[1:]), "other maps for other weights of the model", "the same")


@check("C18", fits=_looks)
def another_class_has_another_map(trial: Trial) -> None:
    x = pictures(4)
    maps = [trial.run(trial.net(), x, target=target) for target in range(3)]
    expect(any(not same(maps[0], m) for m in maps[1:]), "other maps for other classes", "the same")


@check("C18", fits=is_metric)
def other_maps_have_other_values(trial: Trial) -> None:
    values = [v for net in (seeded(Line), trial.net()) for v in _values(trial, net)]
    found = [v for v in values if v == v]  # noqa: PLR0124 - not NaN
    expect(bool(found), "a value for gradients, edges, noise or corners", "none")
    expect(len(set(found)) > 1, "gradients, edges, noise and corners not to have one value", f"{found[0]:g} for all")


def _values(trial: Trial, net: nn.Module) -> Iterator[float]:
    """Of maps that have nothing in common, made by methods that have nothing in common."""
    x = pictures(2)
    for method in ("gradient", "edges", "random"):
        again = {"method": method} if not trial.explainer[1] else {}
        yield from trial.run(net, x, maps=explain(net, x, method, batch=8), **again).tolist()
    for corner in (slice(0, 3), slice(5, 8)):
        phi = torch.zeros_like(x)
        phi[:, :, corner, corner] = 1
        yield from trial.run(net, x, maps=phi).tolist()


def _judges(formula: Formula) -> bool:
    faithful = formula.claims.family == "faithfulness" and bool(formula.claims.better)
    return is_metric(formula) and faithful and "explain" not in formula.ingredients


@check("C18", fits=_judges)
def the_truth_beats_noise_on_a_linear_model(trial: Trial) -> None:
    net, x = seeded(Line), pictures(4)
    assert isinstance(net, Line)
    truth = net.truth(x, 1)
    fine = {"target": 1, **({"steps": 64} if "steps" in trial.formula.settings else {})}
    good = trial.run(net, x, maps=truth, **fine).nanmean()
    noise = trial.run(net, x, maps=explain(net, x, "random", batch=8) * truth.std(), **fine).nanmean()
    better = good > noise if trial.formula.claims.better == "higher" else good < noise
    expect(better, f"the contributions on a linear model to beat noise at {float(noise):.4g}", f"{float(good):.4g}")
