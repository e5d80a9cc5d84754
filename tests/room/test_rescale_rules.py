"""The rescale rule for every kind of function: nothing of the change of the score is lost."""

from collections.abc import Callable

import pytest
import torch
from rescale_lab import around, lost, multipliers, pairs, without_rule
from room_lab import built
from torch import Tensor, nn
from torch.nn import functional as F

from heatproof.models.rescale.names import ELEMENTWISE, LINEAR, MAX_POOLS, QUADRATIC
from heatproof.models.rescale.parts import PARTS
from heatproof.vocabulary.links import Link

Function = Callable[[Tensor], Tensor]


def inside(h: Tensor) -> Tensor:
    """Values between 0.1 and 0.9."""
    return 0.1 + 0.8 * h.sigmoid()


def tokens(h: Tensor) -> Tensor:
    """(N, 64, 4)"""
    return h.flatten(2).transpose(1, 2)


SETTINGS: dict[str, Function] = {
    "clamp": lambda h: h.clamp(-0.3, 0.4),
    "clamp_min": lambda h: h.clamp_min(0.1),
    "clamp_max": lambda h: h.clamp_max(0.1),
    "clip": lambda h: h.clip(max=0.2),
    "threshold": lambda h: F.threshold(h, 0.1, -2.0),
    "prelu": lambda h: F.prelu(h, torch.tensor([0.3]).double()),
    "pow": lambda h: inside(h).pow(1.7) + inside(h) ** 3 + 2.0**h,
    "rpow": lambda h: 2.0**h,
    "float_power": lambda h: torch.float_power(h, 2),
    "acosh": lambda h: (1 + inside(h)).acosh(),
    "nan_to_num": lambda h: torch.where(h > 99, torch.nan, h).nan_to_num(),
}
"""Elementwise functions that take more than one argument, or values of their own."""
NARROW = {
    "log",
    "log2",
    "log10",
    "log1p",
    "special_log1p",
    "sqrt",
    "rsqrt",
    "reciprocal",
    "asin",
    "acos",
    "atanh",
    "erfinv",
    "logit",
}


def elementwise(name: str) -> Function:
    if name in SETTINGS:
        return SETTINGS[name]
    rest = name.removeprefix("special_")
    places = (torch.special,) if rest != name else (F, torch)
    call = next(getattr(place, n) for place in places for n in (rest, name.replace("_", "")) if hasattr(place, n))
    return (lambda h: call(inside(h))) if name in NARROW else call


@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
def test_functions_of_one_value(name: str) -> None:
    net = around(elementwise(name))
    assert without_rule(net) == ()
    assert lost(net, *pairs()) < 1e-10


def _set(h: Tensor) -> Tensor:
    out = h.relu()
    out[:, 0] = h[:, 1].sigmoid()
    return out


IN_PLACE: dict[str, Function] = {
    "relu_": lambda h: h.relu_(),
    "its value is not looked at": lambda h: (F.relu(h, inplace=True), h)[1],
    "part of it": lambda h: (h[:, :2].sigmoid_(), h)[1],
    "a view": lambda h: (h.view(-1).tanh_(), h)[1],
    "twice": lambda h: h.tanh_().exp_(),
    "hardtanh": lambda h: F.hardtanh(h, -0.5, 0.5, inplace=True),
    "clamp_": lambda h: h.clamp_(-0.3, 0.4),
    "hardswish": lambda h: F.hardswish(h, inplace=True),
    "its input is used before": lambda h: (h * h.sum((2, 3), keepdim=True)) + h.sigmoid_(),
    "times a number": lambda h: h.mul_(3).add_(1).div_(2).relu(),
    "times itself": lambda h: h.mul_(h.sigmoid()),
    "times another": lambda h: h.mul_(h.mean((2, 3), keepdim=True).sigmoid()),
    "divided by another": lambda h: h.div_(1 + h.square()),
    "plus another": lambda h: h.add_(h.relu()),
    "a slice is set": _set,
    "softplus of what is overwritten": lambda h: F.softplus(h) + h.zero_(),
    "a constant becomes one that depends": lambda h: torch.zeros_like(h).copy_(h.relu()).mul_(h),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_functions_that_write_over_their_input(name: str) -> None:
    net = around(IN_PLACE[name])
    assert without_rule(net) == ()
    assert lost(net, *pairs()) < 1e-10


OTHERS: dict[str, Function] = {
    "max pool": lambda h: F.max_pool2d(h, 2),
    "max pool, overlapping, padded": lambda h: F.max_pool2d(h, 3, 2, 1),
    "max pool, ceil": lambda h: F.max_pool2d(h, 3, 2, ceil_mode=True),
    "max pool of torch": lambda h: torch.max_pool2d(h.relu(), 3, 2, 1),
    "max pool, dilated": lambda h: F.max_pool2d(h, 2, 1, 0, 2),
    "max pool with places": lambda h: F.max_pool2d(h, 2, return_indices=True)[0],
    "max pool 1": lambda h: F.max_pool1d(h.flatten(2), 3, 2),
    "max pool 3": lambda h: F.max_pool3d(h[:, None], 2),
    "adaptive max pool": lambda h: F.adaptive_max_pool2d(h, 3),
    "adaptive max pool 1": lambda h: F.adaptive_max_pool1d(h.flatten(2), 5),
    "global max pool": lambda h: h.amax((2, 3)),
    "max of a dimension": lambda h: h.max(1)[0] + h.max(dim=1, keepdim=True).values[:, 0],
    "amax of one dimension": lambda h: h.amax(-1, keepdim=True),
    "min of a dimension": lambda h: h.min(2).values,
    "amin": lambda h: h.amin((1, 2)),
    "the larger": lambda h: torch.maximum(h, h.flip(1)) + torch.max(h, h.flip(2)),
    "the smaller": lambda h: torch.minimum(h, h.flip(1)) + torch.min(h, h.flip(3)),
    "softmax": lambda h: h.softmax(1) + F.softmax(h, dim=2) + torch.softmax(h, -1),
    "softmax, steep": lambda h: (300 * h).softmax(1),
    "log softmax": lambda h: h.log_softmax(1) + F.log_softmax(h, 2),
    "softmin": lambda h: F.softmin(h, 1),
    "logsumexp": lambda h: h.logsumexp((1, 2)) + torch.logsumexp(h, 1, keepdim=True).sum((1, 2)),
    "swish by hand": lambda h: h * torch.sigmoid(h),
    "squeeze and excite": lambda h: h * F.hardsigmoid(h.mean((2, 3), keepdim=True)),
    "glu": lambda h: F.glu(h, 1),
    "quotient": lambda h: h / (1 + h.abs()) + 1 / (2 + h.square()),
    "matrix product": lambda h: h.flatten(2) @ tokens(h),
    "bmm": lambda h: torch.bmm(h.flatten(2), tokens(h)),
    "baddbmm": lambda h: torch.baddbmm(h[:, :, :4, 0], h.flatten(2), tokens(h), beta=0.5, alpha=2),
    "einsum": lambda h: torch.einsum("ncij,ncik->njk", h, h),
    "bilinear": lambda h: F.bilinear(h.flatten(2), h.flip(2).flatten(2), _fixed(2, 64, 64)),
    "a convolution that depends": lambda h: F.conv2d(
        h.reshape(1, -1, 8, 8), h[:, :, :3, :3].flatten(0, 1)[:, None], groups=len(h) * 4
    ).view(len(h), -1),
    "square": lambda h: h.square() + h**2 + h * h,
    "lerp": lambda h: torch.lerp(h, h.relu(), h.sigmoid()) + torch.lerp(h, h.flip(1), 0.3),
    "layer norm": lambda h: F.layer_norm(h, (8, 8)) + nn.LayerNorm(8).double()(h),
    "group norm": nn.GroupNorm(2, 4).double(),
    "instance norm": F.instance_norm,
    "rms norm": lambda h: F.rms_norm(h, (8, 8)),
    "local response norm": lambda h: F.local_response_norm(h, 3),
    "unit vectors": lambda h: F.normalize(h, dim=1),
    "norms": lambda h: h.norm(dim=1) + torch.linalg.vector_norm(h, 1, dim=1) + torch.linalg.vector_norm(h, 3, 1),
    "variance": lambda h: h.var((2, 3)) + h.std((2, 3), correction=0) + torch.var_mean(h, (2, 3))[1],
    "batch norm": lambda h: F.batch_norm(h, torch.ones(4).double(), torch.full((4,), 2.0).double()).relu(),
    "attention": lambda h: F.scaled_dot_product_attention(tokens(h), tokens(h).flip(1), tokens(h)),
    "attention, causal": lambda h: F.scaled_dot_product_attention(tokens(h), tokens(h), tokens(h), is_causal=True),
    "attention, masked": lambda h: F.scaled_dot_product_attention(tokens(h), tokens(h), tokens(h), _diagonal(64)),
    "attention by hand": lambda h: ((tokens(h) @ tokens(h).transpose(1, 2)) / 3).softmax(-1) @ tokens(h),
    "multi-head attention": lambda h: _attention(tokens(h)),
    "multi-head attention, batch second": lambda h: _attention(tokens(h).transpose(0, 1), False).transpose(0, 1),
    "dropout": lambda h: F.dropout(h, training=False).relu(),
    "enlarged": lambda h: F.interpolate(h.relu(), scale_factor=2, mode="bilinear"),
    "shuffled": lambda h: F.channel_shuffle(F.pixel_unshuffle(h.relu(), 2), 4).roll(1, 2).flip(1).permute(0, 2, 3, 1),
    "split and joined": lambda h: torch.cat([*h.relu().chunk(2, 1), h[:, 1:3], torch.stack(h.unbind(1), 1)], 1),
    "a mask that does not depend": lambda h: h.relu().masked_fill(_diagonal(8), 0.7),
    "in single precision": lambda h: h.double().float().double() * 0 + h.relu(),
    "without a gradient, where it does not matter": lambda h: h.relu() + h.detach() * 0,
}


def _fixed(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(6), dtype=torch.float64)


def _diagonal(n: int) -> Tensor:
    return torch.eye(n, dtype=torch.bool)


def _attention(h: Tensor, first: bool = True) -> Tensor:
    attention = HEADS[first]
    out, weights = attention(h, h, h)
    assert weights is not None
    return out


HEADS = {first: built(lambda first=first: nn.MultiheadAttention(4, 2, batch_first=first)) for first in (True, False)}
for head in HEADS.values():
    head.double().eval().requires_grad_(False)


@pytest.mark.parametrize("name", OTHERS)
def test_functions_of_many_values(name: str) -> None:
    net = around(OTHERS[name])
    assert without_rule(net) == ()
    assert lost(net, *pairs()) < 1e-10


@pytest.mark.parametrize("link", ["logit", "probability", "log_probability", "margin"])
def test_every_link(link: Link) -> None:
    assert lost(around(lambda h: F.max_pool2d(h.relu(), 2)), *pairs(), link=link) < 1e-10


def test_a_function_has_one_kind() -> None:
    kinds = [ELEMENTWISE, QUADRATIC, LINEAR, MAX_POOLS, frozenset(PARTS)]
    assert len(frozenset().union(*kinds)) == sum(map(len, kinds))


def test_the_sum_of_a_part_of_a_softmax_goes_to_the_classes_that_change() -> None:
    """Log sum exp of values of which only one differs: all of the change is its own, none is its neighbours'."""
    x, r = pairs(1)
    r = x.clone()
    r[:, :, 0, 0] += 0.5
    m = multipliers(around(lambda h: h.flatten(1).logsumexp(1, keepdim=True)), x, r)
    assert torch.isfinite(m).all()
    inside_window = torch.zeros(1, 3, 8, 8, dtype=torch.bool)
    inside_window[:, :, 0, 0] = True
    assert not ((m * (x - r))[~inside_window]).any()


def test_batches_of_any_size_give_the_same_multipliers() -> None:
    net, (x, r) = around(lambda h: F.max_pool2d(h.relu(), 2).softmax(1)), pairs(7)
    whole = multipliers(net, x, r)
    for n in range(1, 7):
        torch.testing.assert_close(multipliers(net, x[:n], r[:n]), whole[:n], rtol=1e-12, atol=1e-14)


def test_never_more_images_at_once_than_the_batch_has_pairs() -> None:
    seen: list[int] = []
    net = around(lambda h: (seen.append(len(h)), h.relu())[1])
    multipliers(net, *pairs(7))
    assert seen == [4, 4, 4, 4]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_one_pair_alone_is_not_at_the_mercy_of_the_gradient_of_batch_norm(n: int) -> None:
    """For one image and a gradient in channels-last order, torch's own is wrong: what it is here must not matter."""
    norm = built(lambda: nn.BatchNorm2d(4)).double().eval().requires_grad_(False)
    assert lost(around(lambda h: norm(h).flatten(2).transpose(1, 2).softmax(2)), *pairs(n)) < 1e-10
