"""C7, C13: what a method declares about its maps: complete sums, linearity, dummy, symmetry, one map per function."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from heatproof.check.broken import Absent, expect_close
from heatproof.check.families.seeded import seeded
from heatproof.check.probes import Bent, Blind, Early, Late, Line, Mirrored, Rewritten, Weighed, sight
from heatproof.check.supplies import extras, pictures
from heatproof.check.table import check
from heatproof.check.trial import Trial
from heatproof.models.unwrap import unwrap
from heatproof.vocabulary.formula import Formula

STEPS = 300
"""Points along a path, where completeness is a matter of quadrature."""


def _complete(formula: Formula) -> bool:
    return formula.claims.complete


def _declares(axiom: str) -> Callable[[Formula], bool]:
    return lambda formula: axiom in formula.claims.axioms


@check("C7", everywhere=True, fits=_complete)
def completeness(trial: Trial) -> None:
    x = trial.images[:2].double()
    for options, start in _starts(trial.formula, x):
        found = trial.run(trial.net(), x, target=1, precision="float64", batch=64, **options)
        change = _change(trial.net(), x, start)
        finding = f"the map to sum to the change of the score, f(x) - f(baseline), with {options or 'its settings'}"
        exact = "steps" not in trial.formula.settings
        expect_close(found.sum((1, 2, 3)), change, 1e-7 if exact else 0.01, finding, 1.0)


def _starts(formula: Formula, x: Tensor) -> Iterator[tuple[dict[str, Any], Tensor]]:
    """Settings, and the points (K, C, H, W) over which f(baseline) is averaged."""
    path = {"steps": STEPS} if "steps" in formula.settings else {}
    if "reference" in formula.ingredients:
        reference = extras(formula, x)["reference"]
        yield {**path, "n": len(reference)} if "n" in formula.settings else path, reference
    elif "baseline" in formula.settings:
        yield from (({**path, "baseline": b}, torch.full_like(x[:1], b)) for b in (0.0, 0.4))
    else:
        yield path, torch.zeros_like(x[:1])


def _change(net: nn.Module, x: Tensor, start: Tensor) -> Tensor:
    net = net.double().eval()
    with torch.no_grad():
        from_ = unwrap(net(start.clone()), len(start))[:, 1].mean()
        return unwrap(net(x.clone()), len(x))[:, 1] - from_


def _doubles(trial: Trial, net: nn.Module, x: Tensor) -> Tensor:
    return trial.run(net.double(), x.double(), target=1)


@check("C7", fits=_declares("linearity"))
def linearity(trial: Trial) -> None:
    x, a, b = pictures(2), 2.0, -3.0
    f, g = seeded(Bent, 1).double(), seeded(Bent, 2).double()
    parts = [_doubles(trial, net, x) for net in (f, g)]
    found = _doubles(trial, Weighed(f, g, a, b), x)
    expect_close(found, a * parts[0] + b * parts[1], 1e-9, "the map of 2 f - 3 g to be 2 maps of f less 3 of g", 1e-6)


@check("C7", fits=_declares("dummy"))
def dummy(trial: Trial) -> None:
    x = pictures(2)
    found = _doubles(trial, Blind(seeded(Bent)), x)
    unseen = found * (1 - sight(x.double()))
    expect_close(found - unseen, found, 1e-12, "no relevance where the model does not look", 1e-6)


@check("C7", fits=_declares("symmetry"))
def symmetry(trial: Trial) -> None:
    x = pictures(2)
    x = x + x.flip(-1)
    found = _doubles(trial, Mirrored(seeded(Bent)), x)
    expect_close(found.flip(-1), found, 1e-9, "pixels that play the same part to be equally relevant", 1e-6)


@check("C7", fits=_declares("implementation invariance"))
def implementation_invariance(trial: Trial) -> None:
    x = pictures(2)
    bent, late = seeded(Bent), seeded(Late)
    assert isinstance(bent, Bent)
    assert isinstance(late, Late)
    for one, other in ((bent, Rewritten(bent)), (late, Early(late))):
        want, found = _doubles(trial, one, x), _doubles(trial, other, x)
        expect_close(found, want, 1e-9, "one map for two networks that compute the same function", 1e-6)


@check("C13", fits=_complete)
def a_linear_model_at_any_number_of_points(trial: Trial) -> None:
    x, settings = pictures(2).double(), trial.formula.settings
    if "steps" not in settings:
        raise Absent("it has no path")
    net = seeded(Line).double()
    rules = settings["rule"].choices if "rule" in settings else (None,)
    for steps, rule in product((2, 3, 10), rules):
        options = {"steps": steps, **({"rule": rule} if rule else {})}
        for more, start in _starts(trial.formula, x):
            found = trial.run(net, x, target=1, **{**more, **options})
            change = _change(net, x, start)
            expect_close(found.sum((1, 2, 3)), change, 1e-6, f"an exact sum on a linear model with {options}")
