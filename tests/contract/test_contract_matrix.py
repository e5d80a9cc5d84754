"""The matrix: every formula keeps every contract on every family of networks, or refuses it by name."""

from functools import cache

import pytest

from heatproof.check.families import FAMILIES
from heatproof.check.matrix import cell, contracts, quiet, refusal
from heatproof.check.table import CONTRACTS, checks
from heatproof.check.trial import Trial
from heatproof.vocabulary.registry import formulas

FORMULAS = {f"{f.kind}:{f.name}": f for kind in ("method", "metric") for f in formulas(kind).values()}
SMOOTH = {"gelu silu", "mobile hardswish", "efficientnet", "convnext", "attention", "vit"}
REFUSED = {
    "method:grad_cam": {"mlp"},
    "method:grad_cam_plus_plus": {"mlp"},
    "method:score_cam": {"mlp"},
    "method:guided_backprop": {"mlp", *SMOOTH},  # a tanh before a ReLU: it has no rule for that
    "method:deconvnet": {"mlp", *SMOOTH},
    "method:guided_grad_cam": {"mlp", *SMOOTH},
}
"""Families that a formula cannot explain; everything else takes all."""


CORE = {
    *("mlp", "plain cnn", "residual", "dense", "always a tuple", "reused in place", "functional"),
    *("gelu silu", "mobile relu6", "vit"),
}
"""Families that every run of the tests tries; `make test-all` tries all."""
PLACES = [
    pytest.param(family, id=family or "own networks", marks=() if family in ("", *CORE) else pytest.mark.slow)
    for family in ("", *FAMILIES)
]


NEEDS_A_FUNCTION = ("method:deeplift", "method:deepshap")
"""One network of the contracts' own has dropout that is always on: differences of its outputs mean nothing."""


@cache
def trial_of(name: str, family: str) -> Trial:
    return Trial(FORMULAS[name]).on(family) if family else Trial(FORMULAS[name])


@pytest.mark.parametrize("family", PLACES)
@pytest.mark.parametrize("name", FORMULAS)
def test_every_contract_holds_or_the_family_is_refused_by_name(name: str, family: str) -> None:
    trial = trial_of(name, family)
    with quiet():
        cells = [cell(trial, contract, family) for contract in contracts(family)]
    assert [f"{c.contract} {c.check}: {c.reason}" for c in cells if c.state == "BROKEN"] == []
    states = {c.state for c in cells} - {"not applicable"}
    if not family and name in NEEDS_A_FUNCTION:
        assert states == {"pass", "not supported"}
    else:
        assert states == {"not supported" if family in REFUSED.get(name, ()) else "pass"}


@pytest.mark.parametrize("name", FORMULAS)
def test_what_is_refused_says_why_before_anything_is_computed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from heatproof.engine.evaluate import ModelEvaluator

    asked: list[int] = []
    evaluate = ModelEvaluator.evaluate
    monkeypatch.setattr(ModelEvaluator, "evaluate", lambda *a: asked.append(1) or evaluate(*a))
    for family in sorted(REFUSED.get(name, ())):
        asked.clear()
        reason = refusal(Trial(FORMULAS[name]).on(family))
        assert reason.startswith("HP21"), reason
        assert FORMULAS[name].claims.needs, "a formula that refuses says in its claims what it needs"
        assert not asked, "refused after something had been computed"


def test_every_contract_has_a_check() -> None:
    assert {c.contract for c in checks()} == set(CONTRACTS)
