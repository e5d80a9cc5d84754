"""What the rescale rule cannot follow is refused by name, or undefined with both numbers; never silently incomplete."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from rescale_lab import around, lost, multipliers, pairs, without_rule
from torch import Tensor, nn
from torch.nn import functional as F

import heatproof as hp
from heatproof.vocabulary.errors import Undefined, UsageError


class Swish(torch.autograd.Function):
    """A function with a backward of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x.sigmoid()

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        s = x.sigmoid()
        return g * s * (1 + x * (1 - s))


RECURRENT = nn.GRU(8, 4, batch_first=True).double().requires_grad_(False)
REFUSED: dict[str, Callable[[Tensor], Tensor]] = {
    "cumprod": lambda h: h.cumprod(1),
    "prod": lambda h: h.prod(1),
    "topk": lambda h: h.flatten(1).topk(5)[0],
    "sort": lambda h: h.sort(1)[0],
    "median": lambda h: h.median(1)[0],
    "cdist": lambda h: torch.cdist(h, h.flip(1)),
    "pow": lambda h: h.sigmoid() ** h.sigmoid(),
    "clamp": lambda h: h.clamp(min=h.flip(1)),
    "div": lambda h: torch.div(h, 0.3, rounding_mode="floor") + h,
    "max": lambda h: h - h.max(),
    "einsum": lambda h: torch.einsum("nchw,nchw,nchw->nc", h, h.relu(), h.sigmoid()),
    "batch_norm": lambda h: F.batch_norm(h, None, None, training=True),
    "dropout": lambda h: F.dropout(h, 0.0, training=True),
    "rrelu": lambda h: F.rrelu(h, training=True),
    "grid_sample": lambda h: F.grid_sample(h, h[:, :2].permute(0, 2, 3, 1), align_corners=False),
    "scaled_dot_product_attention": lambda h: F.scaled_dot_product_attention(h, h, h, dropout_p=0.1),
    "fractional_max_pool2d": lambda h: F.fractional_max_pool2d(h, 2, 4),
    "gru": lambda h: RECURRENT(h.mean(1))[0],
    "Swish": Swish.apply,
}


@pytest.mark.parametrize("name", REFUSED)
def test_functions_without_a_rule(name: str) -> None:
    (found,) = without_rule(around(REFUSED[name]))
    assert found.split(".")[-1].strip("_") == name


def test_the_method_says_which() -> None:
    net = around(lambda h: h.cumprod(1))
    x, r = pairs()
    with pytest.raises(UsageError, match=r"HP214 deeplift .* it uses torch\.Tensor\.cumprod"):
        hp.explain(net, x, "deeplift")
    with pytest.raises(UsageError, match=r"HP214 deepshap .* it uses torch\.Tensor\.cumprod"):
        hp.explain(net, x, "deepshap", reference=r)
    assert torch.isfinite(hp.explain(net, x, "gradient")).all()


def test_a_function_that_was_not_met_before_is_refused_when_it_is_met() -> None:
    net = around(lambda h: h.cumprod(1) if len(h) == 4 else h)
    with pytest.raises(UsageError, match=r"HP214 the rescale rule .* it uses torch\.Tensor\.cumprod"):
        multipliers(net, *pairs(8))


LEAKS: dict[str, Callable[[Tensor], Tensor]] = {
    "a detached factor": lambda h: h * h.sigmoid().detach(),
    "a term without gradient": lambda h: _without(h) + h,
    "a mask that depends": lambda h: h * (h > 0),
    "a choice that depends": lambda h: torch.where(h > 0, h, 0.1 * h.exp()),
    "numbers": lambda h: h * torch.tensor(h.abs().sum((1, 2, 3)).tolist()).to(h).view(-1, 1, 1, 1),
}


def _without(h: Tensor) -> Tensor:
    with torch.no_grad():
        return h.exp()


@pytest.mark.parametrize("name", LEAKS)
def test_what_gets_past_the_rules_does_not_add_up_and_has_no_map(name: str) -> None:
    net, (x, r) = around(LEAKS[name]), pairs()
    assert without_rule(net) == ()
    with pytest.raises(Undefined, match=r"the map would sum to -?[\d.e-]+ instead of -?[\d.e-]+: the model") as caught:
        multipliers(net, x, r)
    total, change = map(float, re.findall(r"-?\d+\.?[\de.-]*", caught.value.reason)[:2])
    assert abs(total - change) > 1e-6 * abs(change)


def test_only_the_images_that_do_not_add_up_have_no_map() -> None:
    """A leak that opens for one image of four, among pairs of the same batch."""

    def leaking(h: Tensor) -> Tensor:
        opens = (h[:, :1, :1, :1] > 1).to(h)
        return h.relu() + (opens * h.exp()).detach()

    net, (x, _) = around(leaking), pairs(4)
    x[2, :, :2, :2] = 30 * net.conv.weight[0, :, 1:, 1:].sign()
    assert (net.conv(x)[:, 0, 0, 0] > 1).tolist() == [False, False, True, False]
    found = hp.explain(net, x, "deeplift", target=1)
    assert torch.isnan(found[2]).all()
    assert torch.isfinite(found[[0, 1, 3]]).all()


def test_a_model_that_takes_another_way_for_the_image() -> None:
    net, (x, r) = around(lambda h: h.relu() if h.std() > 0.5 else h.sigmoid()), pairs()
    with pytest.raises(Undefined, match="another way for the image than for the reference"):
        multipliers(net, x, r * 0)
    with pytest.raises(Undefined, match="another way for the image than for the reference"):
        multipliers(net, x * 0, r)
    assert torch.isfinite(multipliers(net, x, r)).all()


def test_nothing_is_left_of_the_rules() -> None:
    net, (x, r) = around(lambda h: h.relu()), pairs()
    plain = hp.explain(net, x, "gradient")
    assert lost(net, x, r) < 1e-10
    with pytest.raises(Undefined):
        multipliers(around(LEAKS["a detached factor"]), x, r)
    assert torch._C._len_torch_function_stack() == 0
    assert torch.equal(hp.explain(net, x, "gradient"), plain)


def test_half_precision_is_watched_less_closely_and_still_watched() -> None:
    x, r = (t.to(torch.bfloat16) for t in pairs())
    assert lost(around(F.gelu).to(torch.bfloat16), x, r) < 0.2
    with pytest.raises(Undefined):
        multipliers(around(lambda h: 0 * h + h.detach().exp()).to(torch.bfloat16), x, r)
