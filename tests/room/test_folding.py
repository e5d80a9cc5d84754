"""Batch norms are folded where a trace proves it, and nobody who looks inside can tell."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor, nn

import heatproof as hp
from heatproof.models.preflight import preflight
from heatproof.models.prepare import prepared
from heatproof.vocabulary.edits import Edit, GuidedReLU, Noised, Randomized, Rescale, Retrained

CPU = torch.device("cpu")
X = torch.linspace(0, 1, 4 * 3 * 8 * 8).view(4, 3, 8, 8).sin()
T = torch.zeros(4, dtype=torch.long)


class Net(nn.Module):
    """Two pairs: a grouped convolution without and a linear layer with bias; `between` may look at the first output."""

    def __init__(self, between: Callable[[Net, Tensor], Tensor] = lambda net, y: y) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(3)
        self.conv = nn.Sequential(nn.Conv2d(3, 6, 3, groups=3, bias=False))
        self.norm = nn.BatchNorm2d(6)
        self.act = nn.ReLU(inplace=True)
        self.fc = nn.Linear(6, 5)
        self.norm2 = nn.BatchNorm1d(5, affine=False)
        self.head = nn.Linear(5, 4)
        self.between = between
        with torch.no_grad():
            for t in (*self.parameters(), self.norm.running_mean, self.norm2.running_mean):
                t.copy_(torch.randn(t.shape, generator=g) * 0.5)
            for t in (self.norm.running_var, self.norm2.running_var):
                t.copy_(torch.rand(t.shape, generator=g) + 0.3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        y = self.act(self.norm(self.between(self, y)))
        return self.head(self.norm2(self.fc(y.mean((2, 3)))))


@contextmanager
def folded(net: nn.Module, precision: str | None = None):
    with prepared(net.eval(), CPU, precision) as room:  # type: ignore[arg-type]
        yield room, preflight(room, X)


def test_answers_are_those_of_the_network_and_it_is_given_back() -> None:
    net = Net().eval()
    state = {k: v.clone() for k, v in net.state_dict().items()}
    own = dict(net.named_parameters())
    with torch.no_grad():
        want = net(X)

    def use() -> None:
        with folded(net) as (room, found):
            assert found.folded == 2
            assert found.apart == {"conv", "conv.0", "fc"}
            assert "forward" in net.norm.__dict__
            torch.testing.assert_close(room.logits(X), want, rtol=1e-5, atol=1e-5)
            raise KeyError

    with pytest.raises(KeyError):
        use()
    assert "forward" not in net.norm.__dict__
    assert net.conv[0].bias is None
    assert all(p is own[n] for n, p in net.named_parameters())
    assert len(own) == len(list(net.parameters()))
    assert all(torch.equal(v, state[k]) for k, v in net.state_dict().items())
    with torch.no_grad():
        assert torch.equal(net(X), want)


LAYERS = ("conv", "conv.0", "norm", "act")


def test_readers_see_the_network_as_it_is() -> None:
    with prepared(Net().eval(), CPU) as plain:
        layers = {n: plain.layer(X, T, "logit", n) for n in LAYERS}
    with folded(Net()) as (room, _):
        for name, (a, g, _) in layers.items():
            b, h, _ = room.layer(X, T, "logit", name)
            torch.testing.assert_close(b, a, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(h, g, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "edits",
    [
        (Randomized(("conv.0",), 5),),
        (Randomized(("norm", "fc"), 5, "reset"),),
        (Noised(("norm", "conv.0"), 0.4, True, 5), GuidedReLU()),
        (Retrained("twin"),),
        (GuidedReLU(),),
    ],
    ids=lambda edits: " ".join(type(e).__name__ for e in edits),
)
def test_edited_networks_are_folded_from_their_own_weights(edits: tuple[Edit, ...]) -> None:
    twin = {n: t * 1.5 if t.is_floating_point() else t for n, t in Net().state_dict().items()}
    answers = []
    for fold in (False, True):
        with folded(Net()) if fold else prepared(Net().eval(), CPU) as entered:
            room = entered[0] if fold else entered
            room.twins = {"twin": twin}
            before = room.logits(X)
            with room.edited(edits):
                assert ("forward" in room.module.norm.__dict__) == fold
                y, (g, _) = room.logits(X), room.gradient(X, T, "logit")
                read = [t for name in LAYERS for t in room.layer(X, T, "logit", name)]
                assert ("forward" in room.module.norm.__dict__) == fold
            answers.append([y, g, *read])
            assert torch.equal(room.logits(X), before)
            assert edits == (GuidedReLU(),) or not torch.allclose(y, before, rtol=1e-2)
    for got, want in zip(*reversed(answers), strict=True):
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)


def test_differences_need_the_network_as_it_is() -> None:
    for edits in ((Rescale(),), (Randomized(("conv.0",), 5), Rescale())):
        with folded(Net()) as (room, _):
            with room.edited(edits):
                assert "forward" not in room.module.norm.__dict__
            assert "forward" in room.module.norm.__dict__


def _added(net: Net, y: Tensor) -> Tensor:
    net.seen = y.sum()
    return y


@pytest.mark.parametrize(
    "between",
    [
        lambda net, y: y * 1.0,  # the norm's input is not the layer's output
        _added,  # somebody else reads it
        lambda net, y: (net.conv(X[: len(y)]), y)[1],  # the layer is called twice
        lambda net, y: (net.norm(torch.ones(2, 6, 3, 3)), y)[1],  # the norm is called twice
        lambda net, y: (net.conv[0].weight * 1, y)[1],  # the weights have another use
    ],
    ids=["another tensor", "read", "layer twice", "norm twice", "weights used"],
)
def test_a_pair_that_is_not_alone_is_left(between: Callable[[Net, Tensor], Tensor]) -> None:
    with folded(Net(between)) as (room, found):
        assert found.folded == 1
        assert "forward" not in room.module.norm.__dict__


def test_hooks_and_own_forwards_are_respected() -> None:
    seen: list[int] = []
    net = Net()
    net.norm.register_forward_hook(lambda m, i, o: seen.append(1))
    net.fc.register_forward_pre_hook(lambda m, i: None)
    with folded(net) as (_, found):
        assert found.folded == 0
        assert seen
    net = Net()
    net.norm.forward = lambda x: x * 2  # type: ignore[method-assign]
    with folded(net) as (_, found):
        assert found.folded == 1
    assert "forward" in net.norm.__dict__


def test_only_in_float32_and_only_where_answers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    with folded(Net(), "float64") as (_, found):
        assert found.folded == 0
    from heatproof.models import folding

    real = folding.Pair.of.__func__

    def wrong(cls: type, layer: nn.Module, norm: nn.Module) -> folding.Pair:
        pair = real(cls, layer, norm)
        pair.bias.data += 0.1
        return pair

    monkeypatch.setattr(folding.Pair, "of", classmethod(wrong))
    with folded(Net()) as (room, found):
        assert found.folded == 0
        assert not found.apart
        assert "forward" not in room.module.norm.__dict__


def test_outputs_read_beside_the_folding_answer_nobody_else() -> None:
    """What grad_cam reads at `act` brings f(x) along for completeness; what it reads at the folded layer does not."""

    def forwards(layer: str) -> int:
        cam = [("grad_cam", {"layer": layer})]
        study = hp.Study(Net(), X, methods=cam, metrics=["completeness"], controls=[], batch=4, workers=1)
        return study.plan().forwards

    assert forwards("conv.0") == forwards("act") + 4
