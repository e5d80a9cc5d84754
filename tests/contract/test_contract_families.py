"""Every formula on every family of networks: it answers, or refuses by name before anything is computed."""

import pytest
import torch
from contracts import EVERYTHING, METHODS, close, name_of, pictures, run, run_or_refusal, same
from networks import FAMILIES, OddWidth, network, seeded
from torch import Tensor, nn

import heatproof as hp
from heatproof.engine.evaluate import ModelEvaluator
from heatproof.models.preflight import preflight
from heatproof.models.prepare import prepared
from heatproof.models.unwrap import unwrap
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.formula import Formula

CPU = torch.device("cpu")


def limit_of(formula: Formula) -> float:
    """Last bits of a model move a map by 1e-5; in a score, nearly equal values may then swap their ranks."""
    return 1e-5 if formula.kind == "method" else 1e-4


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_same_alone_in_company_in_any_order_and_as_a_subset(
    formula: Formula, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, x = network(family), pictures(4)
    asked: list[int] = []
    evaluate = ModelEvaluator.evaluate
    monkeypatch.setattr(ModelEvaluator, "evaluate", lambda *a: asked.append(1) or evaluate(*a))
    together = run_or_refusal(formula, net, x)
    if isinstance(together, str):
        assert formula.claims.needs, "only a method that says what it needs may refuse"
        assert not asked, "refused after something had been computed"
        return
    assert torch.isfinite(together).any()
    assert same(run(formula, net, x[[2, 0]]), together[[2, 0]]), "a subset in another order has other values"
    assert same(run(formula, net, x[3:]), together[3:]), "alone, the last image has another value"
    assert close(run(formula, net, x[:1], batch=5), together[:1], limit_of(formula)), "another micro-batch matters"


@pytest.mark.parametrize("formula", EVERYTHING, ids=name_of)
def test_where_the_processor_rounds_rows_differently_only_last_bits_move(formula: Formula) -> None:
    net, x = seeded(lambda: OddWidth(3)), pictures(3)
    together = run(formula, net, x)
    for i in range(3):
        assert close(together[i : i + 1], run(formula, net, x[i : i + 1]), limit_of(formula))


REFUSED = {
    "grad_cam": {"mlp"},
    "guided_backprop": {"gelu silu", "mobile hardswish", "attention"},
    "guided_grad_cam": {"mlp", "gelu silu", "mobile hardswish", "attention"},
}


@pytest.mark.parametrize("method", METHODS)
def test_refusals_are_the_expected_ones(method: str) -> None:
    refused = {f for f in FAMILIES if isinstance(run_or_refusal(METHODS[method], network(f), pictures(1)), str)}
    if method in REFUSED:
        # A tanh before a ReLU: guided backpropagation has no rule for it.
        mlp = {"mlp"} if "relu" in METHODS[method].claims.needs else set()
        assert refused == REFUSED[method] | mlp
    elif not METHODS[method].claims.needs:
        assert not refused


@pytest.mark.parametrize("method", [m for m in METHODS if "layer" in METHODS[m].settings])
def test_an_unknown_layer_is_refused_with_the_nearest_name(method: str) -> None:
    with pytest.raises(HeatproofError, match=r"HP213.*did you mean 'conv2'"):
        hp.explain(network("plain cnn"), pictures(1), method, layer="conv22")


def _logits(net: nn.Module, x: Tensor) -> Tensor:
    return unwrap(net.eval()(x.clone()), len(x))


@pytest.mark.parametrize("family", FAMILIES)
def test_gradient_is_what_autograd_says_about_the_plain_module(family: str) -> None:
    x = pictures(3)
    found = hp.explain(network(family), x, "gradient", batch=3, target=2)
    z = x.clone().requires_grad_()
    (want,) = torch.autograd.grad(_logits(network(family), z)[:, 2].sum(), z)
    torch.testing.assert_close(found, want, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "mlp"])
def test_grad_cam_is_the_published_formula_at_the_layer_that_was_found(family: str) -> None:
    x, net = pictures(2), network(family)
    with prepared(net, CPU) as room:
        layer = preflight(room, x).facts.spatial_layer
    assert layer
    found = hp.explain(net, x, "grad_cam", batch=2, target=1)
    net = network(family).eval()
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: object, out: Tensor) -> Tensor:
        kept.append(out * 1)  # a value of its own, which nothing later writes over
        return kept[0] * 1

    net.get_submodule(layer).register_forward_hook(keep)
    (g,) = torch.autograd.grad(_logits(net, x)[:, 1].sum(), kept[0])
    cam = (g.mean((2, 3), keepdim=True) * kept[0]).sum(1, keepdim=True).relu()
    want = nn.functional.interpolate(cam, (8, 8), mode="bilinear").expand_as(x)
    torch.testing.assert_close(found, want.detach(), rtol=1e-4, atol=1e-6)
