"""Other weights: what they are, whom they depend on, and that they are always taken back."""

import copy
import math

import pytest
import torch
from room_lab import CPU, built, pictures
from torch import Tensor, nn

from heatproof.models.edits import exchange
from heatproof.models.prepare import prepared
from heatproof.models.room import Room
from heatproof.vocabulary.edits import Edit, GuidedReLU, Noised, Randomized, Retrained


class Net(nn.Module):
    """Two convolutions with norms, the second without weights of its own, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = nn.Conv2d(6, 8, 3), nn.BatchNorm2d(8, affine=False)
        self.fc = nn.Linear(8, 5)
        for bn in (self.bn1, self.bn2):
            nn.init.normal_(bn.running_mean)  # type: ignore[arg-type]
            nn.init.uniform_(bn.running_var, 0.5, 2)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()
        return self.fc(x.mean((2, 3)))


class Other(Net):
    """A twin: everything is different."""

    def __init__(self) -> None:
        super().__init__()
        for t in self.parameters():
            nn.init.normal_(t)


TWIN = built(Other).half().float().state_dict()
LAYERS = ("conv1", "bn1", "conv2", "fc")
EDITS: list[tuple[Edit, ...]] = [
    (Randomized(("fc", "bn1"), 0, "reset"),),
    (Noised(LAYERS, 0.3, relative=True),),
    (Noised(("fc",), 0.3), Noised(("fc", "conv1"), 0.3), GuidedReLU()),
    (Retrained("random labels"),),
    (Retrained("random labels"), Randomized(LAYERS, 2, "reset"), Noised(LAYERS, 1.0)),
]


def state(room: Room) -> dict[str, Tensor]:
    return {n: t.clone() for n, t in (*room.module.named_parameters(), *room.module.named_buffers())}


def places(room: Room) -> list[int]:
    return [t.data_ptr() for t in (*room.module.parameters(), *room.module.buffers())]


def differing(a: dict[str, Tensor], b: dict[str, Tensor]) -> set[str]:
    return {n for n in a if not torch.equal(a[n], b[n])}


def inside(room: Room, *edits: Edit) -> dict[str, Tensor]:
    with room.edited(edits):
        return state(room)


@pytest.fixture
def room():
    with prepared(built(Net), CPU) as ready:
        ready.twins = {"random labels": TWIN}
        yield ready


@pytest.mark.parametrize("edits", EDITS)
@pytest.mark.parametrize("fail", [False, True])
def test_everything_is_taken_back_also_after_an_exception(room, edits, fail):
    before, where, outputs = state(room), places(room), room.logits(pictures())
    try:
        with room.edited(edits):
            assert differing(before, state(room))
            assert not torch.equal(room.logits(pictures()), outputs)
            if fail:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert not differing(before, state(room))
    assert places(room) == where
    assert torch.equal(room.logits(pictures()), outputs)


def test_an_edit_that_fails_halfway_is_taken_back(room, monkeypatch):
    before, where = state(room), places(room)
    put, left = exchange._put, [3]

    def third_fails(slot):
        left[0] -= 1
        if not left[0]:
            raise MemoryError
        return put(slot)

    monkeypatch.setattr(exchange, "_put", third_fails)
    with pytest.raises(MemoryError), room.edited((GuidedReLU(), Retrained("random labels"))):
        pass
    assert not differing(before, state(room))
    assert places(room) == where
    assert torch._C._len_torch_function_stack() == 0


# --- noise -------------------------------------------------------------------------------------------------------


def test_noise_is_as_large_as_it_says_and_on_weights_and_biases_of_the_named_layers(room):
    plain = state(room)
    absolute, relative = inside(room, Noised(("conv2", "fc"), 0.2)), inside(room, Noised(("conv2", "fc"), 0.2, True))
    named = {f"{layer}.{kind}" for layer in ("conv2", "fc") for kind in ("weight", "bias")}
    assert differing(plain, absolute) == differing(plain, relative) == named
    e = (absolute["conv2.weight"] - plain["conv2.weight"]) / 0.2
    assert float(e.mean()) == pytest.approx(0, abs=4 / math.sqrt(e.numel()))
    assert float(e.std()) == pytest.approx(1, abs=4 / math.sqrt(2 * e.numel()))
    for name in named:
        e, spread = (absolute[name] - plain[name]) / 0.2, plain[name].std(correction=0)
        torch.testing.assert_close(relative[name], plain[name] + 0.2 * spread * e, rtol=1e-4, atol=1e-6)


def test_noise_belongs_to_layer_and_seed_whatever_sigma_and_company(room):
    plain = state(room)
    alone, company = inside(room, Noised(("fc",), 0.1)), inside(room, Noised(LAYERS, 0.4))
    other = inside(room, Noised(("fc",), 0.1, seed=1))
    for name in ("fc.weight", "fc.bias"):
        e = (alone[name] - plain[name]) / 0.1
        torch.testing.assert_close((company[name] - plain[name]) / 0.4, e, rtol=1e-4, atol=1e-5)
        assert not torch.allclose((other[name] - plain[name]) / 0.1, e)


def test_no_noise_is_no_change_and_a_constant_has_no_relative_noise(room):
    assert not differing(state(room), inside(room, Noised(LAYERS, 0.0)))
    assert "bn1.weight" not in differing(state(room), inside(room, Noised(LAYERS, 0.5, True)))  # all of it is 1


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_noise_is_the_same_in_every_precision(precision):
    with prepared(built(Net), CPU, "float32") as a, prepared(built(Net), CPU, precision) as b:
        for x, y in zip(inside(a, Noised(LAYERS, 0.2)).values(), inside(b, Noised(LAYERS, 0.2)).values(), strict=True):
            torch.testing.assert_close(x.double(), y.double(), rtol=1e-6, atol=1e-6)


def test_edits_of_one_layer_come_one_after_the_other(room):
    fresh = inside(room, Randomized(("fc",)))
    both = inside(room, Randomized(("fc",)), Noised(("fc",), 0.5, True))
    noise = (inside(room, Noised(("fc",), 1.0))["fc.weight"] - state(room)["fc.weight"]) * 0.5
    spread = fresh["fc.weight"].std(correction=0)
    torch.testing.assert_close(both["fc.weight"], fresh["fc.weight"] + noise * spread, rtol=1e-4, atol=1e-6)


# --- running statistics ------------------------------------------------------------------------------------------

STATISTICS = ("running_mean", "running_var")


def test_running_statistics_are_kept_unless_they_are_to_be_reset(room):
    assert not {n for n in differing(state(room), inside(room, Randomized(LAYERS))) if "running" in n}
    reset = inside(room, Randomized(LAYERS, 0, "reset"))
    for bn in ("bn1", "bn2"):
        assert torch.equal(reset[f"{bn}.running_mean"], torch.zeros_like(reset[f"{bn}.running_mean"]))
        assert torch.equal(reset[f"{bn}.running_var"], torch.ones_like(reset[f"{bn}.running_var"]))


def test_a_norm_without_weights_goes_with_the_layer_before_it(room):
    plain = state(room)
    for layer, mine in (("bn1", "bn1"), ("conv2", "bn2"), ("fc", None), ("conv1", None)):
        changed = {n for n in differing(plain, inside(room, Randomized((layer,), 0, "reset"))) if "running" in n}
        assert changed == {f"{mine}.{s}" for s in STATISTICS if mine}


def test_a_full_reset_is_what_reset_parameters_does_everywhere(room):
    born = copy.deepcopy(room.module)
    for m in born.modules():
        if hasattr(m, "reset_parameters"):
            m.reset_parameters()
    reset = inside(room, Randomized(LAYERS, 0, "reset"))
    for name, t in (*born.named_parameters(), *born.named_buffers()):
        if "bn" in name and "num_batches" not in name:
            assert torch.equal(reset[name], t.detach()), name
        elif "bn" not in name:
            assert float(reset[name].abs().max()) <= float(t.detach().abs().max()) * 2, name


# --- twins -------------------------------------------------------------------------------------------------------


def test_a_twin_answers_as_the_network_that_it_is(room):
    twin = built(Net).eval()
    twin.load_state_dict(TWIN)
    with room.edited((Retrained("random labels"),)), torch.no_grad():
        torch.testing.assert_close(room.logits(pictures()), twin(pictures()), rtol=1e-5, atol=1e-6)
    assert set(TWIN) - differing(state(room), inside(room, Retrained("random labels"))) <= {
        "bn1.num_batches_tracked",
        "bn2.num_batches_tracked",
    }


def test_weights_that_are_used_twice_are_exchanged_everywhere():
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)
            self.b.weight = self.a.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.b(self.a(x).relu()).mean((2, 3))

    twin = built(lambda: Tied().requires_grad_(False))
    twin.a.weight += 1
    with prepared(built(Tied), CPU) as ready:
        ready.twins = {"random labels": twin.state_dict()}
        plain = ready.logits(pictures())
        with ready.edited((Retrained("random labels"),)):
            torch.testing.assert_close(ready.logits(pictures()), twin(pictures()))
        assert torch.equal(ready.logits(pictures()), plain)


# --- what is remembered ------------------------------------------------------------------------------------------


def test_drawn_weights_are_bounded_and_come_again(room):
    edits = [Noised(LAYERS, 0.2, seed=seed) for seed in range(5)] + [Randomized(LAYERS, seed) for seed in range(5)]
    first = [inside(room, edit) for edit in edits]
    room.remembers = 4000
    for edit, was in zip(edits, first, strict=True):
        assert not differing(was, inside(room, edit))
        assert sum(t.nbytes for tensors in room.drawn.values() for t in tensors) <= 4000
    assert room.drawn
