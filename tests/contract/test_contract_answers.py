"""What the answers are, beside being the same everywhere: plain autograd, published formulas, the right layer."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import heatproof as hp
from heatproof.check.broken import close, same
from heatproof.check.families import FAMILIES, OddWidth, network, seeded
from heatproof.check.families.variants import VARIANTS, Ignored, InPlaceModules, Nested, Variant
from heatproof.check.supplies import pictures
from heatproof.check.trial import Trial
from heatproof.check.watch import unchanged, used
from heatproof.models.preflight import preflight
from heatproof.models.prepare import prepared
from heatproof.models.unwrap import unwrap
from heatproof.vocabulary.errors import HeatproofError
from heatproof.vocabulary.formula import Formula
from heatproof.vocabulary.registry import formulas

METHODS, METRICS = formulas("method"), formulas("metric")
CPU = torch.device("cpu")


@pytest.mark.parametrize("formula", [*METHODS.values(), *METRICS.values()], ids=lambda f: f"{f.kind}:{f.name}")
def test_where_the_processor_rounds_rows_differently_only_last_bits_move(formula: Formula) -> None:
    trial, net, x = Trial(formula), seeded(lambda: OddWidth(3)), pictures(3)
    together = trial.run(net, x)
    for i in range(3):
        assert close(together[i : i + 1], trial.run(net, x[i : i + 1]), 10 * trial.limit)


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


def _guided_by_hand(net: Variant, x: Tensor, target: int) -> Tensor:
    """Guided backpropagation restated: the backward pass written out."""
    h1 = net.conv1(x)
    h2 = net.conv2(h1.clamp_min(0))
    g = net.fc.weight[target].view(1, -1, 1, 1).expand_as(h2) / (h2.shape[2] * h2.shape[3])
    g = g.clamp_min(0) * (h2 > 0)
    g = nn.grad.conv2d_input(h1.shape, net.conv2.weight, g, padding=1)
    g = g.clamp_min(0) * (h1 > 0)
    return nn.grad.conv2d_input(x.shape, net.conv1.weight, g, padding=1)


@pytest.mark.parametrize("variant", [Variant, *VARIANTS[Variant]], ids=lambda v: v.__name__)
def test_guided_backprop_is_the_backward_pass_written_out(variant: type[Variant]) -> None:
    net, x = seeded(variant), pictures(2)
    with torch.no_grad():
        want = _guided_by_hand(net, x, 3)
    torch.testing.assert_close(hp.explain(net, x, "guided_backprop", target=3, batch=4), want, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("variant", [InPlaceModules, Ignored, Nested], ids=lambda v: v.__name__)
def test_grad_cam_at_a_layer_that_the_next_one_overwrites(variant: type[Variant]) -> None:
    net, x = seeded(variant), pictures(2)
    with torch.no_grad():
        a = net.conv2(net.conv1(x).relu())
        g = net.fc.weight[1].view(1, -1, 1, 1) * (a > 0) / 64
        want = (g.mean((2, 3), keepdim=True) * a).sum(1, keepdim=True).relu().expand_as(x)
    found = hp.explain(net, x, "grad_cam", target=1, layer="conv2", batch=4)
    torch.testing.assert_close(found, want, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f not in ("mlp",)])
def test_families_take_odd_images(family: str) -> None:
    x = pictures(2, side=(7, 5))
    for method in ("gradient", "grad_cam"):
        found = hp.explain(network(family), x, method, batch=8)
        assert torch.isfinite(found).all()


@pytest.mark.parametrize("method", ["guided_grad_cam", "integrated_gradients"])
def test_the_failure_of_a_layer_is_passed_on(
    method: str,
) -> None:
    net, x = used(network("residual")), pictures(1)

    def fail(*_: Any) -> None:
        raise ValueError("the layer that fails")

    with unchanged(net, x):
        for layer in [m for m in net.modules() if not [*m.children()]]:
            handle = layer.register_forward_pre_hook(fail)
            with pytest.raises(Exception, match="the layer that fails"):
                hp.explain(net, x, method, batch=8)
            handle.remove()


def test_a_network_that_writes_into_its_input_answers_like_the_pure_one() -> None:
    careless, x = network("edits its input"), pictures(2)
    pure = network("plain cnn")
    pure.load_state_dict(careless.state_dict())

    class Pure(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = pure

        def forward(self, z: Tensor) -> Tensor:
            return self.net((z - 0.5) * 2)

    for name in ("gradient", "smoothgrad", "occlusion"):
        assert same(hp.explain(careless, x, name, batch=8), hp.explain(Pure(), x, name, batch=8))
