"""Rectifiers write over their input where a trace proves that nobody else looks at it, and nobody can tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from room_lab import CPU, pictures
from torch import Tensor, nn

from heatproof.models.fold import fold_again
from heatproof.models.preflight import preflight
from heatproof.models.prepare import prepared
from heatproof.vocabulary.edits import GuidedReLU, Randomized, Rescale

X = pictures(side=8)
T = torch.zeros(4, dtype=torch.long)


class Net(nn.Module):
    """A rectifier behind a convolution, one behind a norm, and one used twice behind linear layers."""

    def __init__(self, between: Callable[[Net, Tensor], Tensor] = lambda net, y: y) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv = nn.Conv2d(3, 6, 3)
        self.first = nn.ReLU6()
        self.pool = nn.MaxPool2d(2)
        self.norm = nn.BatchNorm2d(6)
        self.second = nn.ReLU()
        self.fc1, self.fc2, self.fc3 = nn.Linear(54, 8), nn.Linear(8, 8), nn.Linear(8, 4)
        self.twice = nn.ReLU()
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(self.between(self, self.conv(x)))
        y = self.second(self.norm(self.pool(y)))
        return self.fc3(self.twice(self.fc2(self.twice(self.fc1(y.flatten(1))))))


def inplace(net: nn.Module) -> list[str]:
    return [name for name, m in net.named_modules() if getattr(m, "inplace", False)]


def test_the_bits_stay_and_so_does_the_network() -> None:
    net = Net().eval()
    with prepared(net, CPU) as room:
        preflight(room, X)
        with room.folding.aside():
            assert not inplace(net)
            plain = room.logits(X), *room.gradient(X, T, "logit"), *room.layer(X, T, "logit", "conv")
        assert inplace(net) == ["first", "second", "twice"]
        found = room.logits(X), *room.gradient(X, T, "logit"), *room.layer(X, T, "logit", "conv")
        for edit, there in ((GuidedReLU(), True), (Randomized(("fc1",)), True), (Rescale(), False)):
            with room.edited((edit,)):
                assert bool(inplace(net)) == there
        assert inplace(net) == ["first", "second", "twice"]
    assert not inplace(net)
    assert all(torch.equal(a, b) for a, b in zip(plain, found, strict=True))


def _added(net: Net, y: Tensor) -> Tensor:
    net.seen = y.sum()
    return y


@pytest.mark.parametrize(
    "between",
    [
        lambda net, y: y * 1.0,  # not the output of a layer
        _added,  # somebody else reads it
        lambda net, y: net.first(y),  # its own output comes back to it
    ],
    ids=["another tensor", "read", "again"],
)
def test_a_rectifier_that_is_not_alone_is_left(between: Callable[[Net, Tensor], Tensor]) -> None:
    net = Net(between).eval()
    with prepared(net, CPU) as room:
        preflight(room, X)
        assert inplace(net) == ["second", "twice"]


def test_listeners_are_respected() -> None:
    for name in ("conv", "conv.0", "first"):
        net = Net()
        net.conv = nn.Sequential(net.conv)
        net.eval().get_submodule(name).register_forward_hook(lambda m, i, o: None)
        with prepared(net, CPU) as room:
            preflight(room, X)
            assert inplace(net) == ["second", "twice"]


def test_known_places_are_not_taken_where_somebody_listens_by_now() -> None:
    net = Net().eval()
    with prepared(net, CPU) as room:
        preflight(room, X)
        places = room.folding.places
    with prepared(net, CPU) as room:
        fold_again(room, places)
        assert inplace(net) == ["first", "second", "twice"]
    net.first.register_forward_pre_hook(lambda m, i: None)
    with prepared(net, CPU) as room, pytest.raises(ValueError, match="listens"):
        fold_again(room, places)
    assert not inplace(net)
