"""From whatever a model answers to logits, or to one clear line."""

from collections import namedtuple
from collections.abc import Callable
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from room_lab import CPU, answering, built, linear, look, pictures
from torch import Tensor, nn

import heatproof as hp
from heatproof.models.prepare import prepared
from heatproof.models.unwrap import unwrap
from heatproof.vocabulary.errors import HeatproofError

Outputs = namedtuple("Outputs", ["features", "logits"])

UNWRAPPED: dict[str, Callable[[Tensor], Any]] = {
    "a tensor": lambda z: z,
    "(N, K, 1, 1)": lambda z: z[:, :, None, None],
    "a tuple": lambda z: (z, z * 0),
    "a list": lambda z: [z],
    "a tuple with other things first": lambda z: (None, z.mean(), z[:, :, None], z),
    "a dict with logits": lambda z: {"loss": z.mean(), "features": z * 0, "logits": z},
    "a dict with out": lambda z: {"aux": z * 0, "out": z},
    "a dict without a known name": lambda z: {"loss": z.mean(), "classes": z},
    "a named tuple": lambda z: Outputs(z * 0, z),
    "an object": lambda z: SimpleNamespace(hidden=z * 0, logits=z),
    "nested": lambda z: {"out": {"logits": (z,)}},
}


@pytest.mark.parametrize("kind", UNWRAPPED)
def test_answers_that_are_unwrapped(kind: str) -> None:
    x = pictures(2)
    found = hp.explain(answering(UNWRAPPED[kind]), x, "gradient", batch=2, target=1)
    assert torch.equal(found, hp.explain(linear(), x, "gradient", batch=2, target=1))


REFUSED: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "(N,)": (lambda z: z[:, 0], r"float32 tensor of shape \(4,\)"),
    "(N, K, H, W)": (lambda z: z[:, :, None, None].expand(-1, -1, 3, 3), r"shape \(4, 5, 3, 3\)"),
    "(N, T, K)": (lambda z: z[:, None], r"shape \(4, 1, 5\)"),
    "a scalar": (lambda z: z.sum(), r"shape \(\)"),
    "another number of rows": (lambda z: z[:1], r"shape \(1, 5\)"),
    "integers": (lambda z: z.long(), r"int64 tensor of shape \(4, 5\)"),
    "complex numbers": (lambda z: z.to(torch.complex64), "complex64"),
    "numpy": (lambda z: z.detach().numpy(), "ndarray"),
    "nothing": (lambda z: None, "NoneType"),
    "an empty tuple": (lambda z: (), "tuple"),
    "a dict without tensors": (lambda z: {"loss": 1.0}, "dict"),
    "text": (lambda z: "cat", "str"),
    "NaN for every image": (lambda z: z * float("nan"), "NaN or infinity"),
    "infinity for every image": (lambda z: z + float("inf"), "NaN or infinity"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_answers_that_are_refused_in_one_line(kind: str) -> None:
    change, said = REFUSED[kind]
    with pytest.raises(HeatproofError, match=f"HP201 .*{said}") as caught:
        look(answering(change))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_wrong_number_of_rows_is_refused_also_when_wrapped() -> None:
    with pytest.raises(HeatproofError, match="HP201"):
        unwrap({"logits": torch.zeros(3, 5)}, 4)


def _no_grad(z: Tensor) -> Tensor:
    return z.detach()


class WithoutGrad(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = linear()

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class RoundTrip(WithoutGrad):
    def forward(self, x: Tensor) -> Tensor:
        return self.net(torch.from_numpy(x.detach().numpy()))


@pytest.mark.parametrize(
    "net", [lambda: answering(_no_grad), WithoutGrad, RoundTrip], ids=["detach", "no_grad", "numpy"]
)
@pytest.mark.parametrize("method", ["gradient", "smoothgrad", "grad_cam", "guided_backprop", "integrated_gradients"])
def test_a_model_without_a_gradient_is_refused_by_what_needs_one(net: Callable[[], nn.Module], method: str) -> None:
    if net is RoundTrip and method == "grad_cam":  # it needs no gradient of what lies before its layer
        x = pictures(2)
        assert torch.equal(hp.explain(net(), x, method, batch=4), hp.explain(linear(), x, method, batch=4))
        return
    with pytest.raises(HeatproofError, match="HP209"):
        hp.explain(net(), pictures(2), method, batch=4)


@pytest.mark.parametrize(
    "net", [lambda: answering(_no_grad), WithoutGrad, RoundTrip], ids=["detach", "no_grad", "numpy"]
)
def test_a_model_without_a_gradient_serves_what_needs_none(net: Callable[[], nn.Module]) -> None:
    x = pictures(2)
    assert torch.equal(hp.explain(net(), x, "occlusion", batch=4), hp.explain(linear(), x, "occlusion", batch=4))
    assert torch.isfinite(hp.score(net(), x, x - 0.5, "deletion", steps=4, batch=4)).all()


def test_a_gradient_that_is_zero_everywhere_is_zeros() -> None:
    found = hp.explain(answering(lambda z: z * 0 + torch.arange(5.0)), pictures(2), "gradient", batch=4)
    assert torch.equal(found, torch.zeros_like(found))


class Constant(nn.Module):
    """Answers that depend on a parameter and not on the image."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.arange(4.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.bias.expand(len(x), 4)


def test_a_model_that_ignores_its_input_has_no_gradient() -> None:
    with pytest.raises(HeatproofError, match="HP209"):
        hp.explain(Constant(), pictures(2), "gradient", batch=4)


def test_probabilities_are_detected_and_not_squashed_twice() -> None:
    x = pictures(2)
    squashed, plain = answering(lambda z: z.softmax(1)), linear()
    found = look(squashed)
    assert found.facts.probabilities
    assert any("probabilities" in w for w in found.warnings)
    assert not look(plain).facts.probabilities
    options = {"metric": "deletion", "steps": 4, "batch": 4, "link": "probability"}
    torch.testing.assert_close(hp.score(squashed, x, x, **options), hp.score(plain, x, x, **options))
    options["link"] = "log_probability"
    torch.testing.assert_close(hp.score(squashed, x, x, **options), hp.score(plain, x, x, **options))


@pytest.mark.parametrize("link", ["probability", "log_probability", "margin", "logit"])
def test_a_single_output_is_a_logit_against_zero(link: str) -> None:
    x = pictures(2)
    single, double = (answering(c) for c in (lambda z: z[:, :1], lambda z: z[:, :1] * torch.tensor([1.0, 0.0])))
    options = {"metric": "deletion", "steps": 4, "batch": 4, "link": link, "target": 0}
    found = hp.score(single, x, x, **options)
    torch.testing.assert_close(found, hp.score(double, x, x, **options))
    assert found.std() > 0


def test_a_model_whose_gradient_fails_serves_what_needs_none() -> None:
    class Stop(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, z: Tensor) -> Tensor:
            return z.clone()

        @staticmethod
        def backward(ctx: Any, *g: Tensor) -> Any:
            raise NotImplementedError("no derivative")

    net, x = answering(Stop.apply), pictures(2)
    assert torch.equal(hp.explain(net, x, "occlusion", batch=4), hp.explain(linear(), x, "occlusion", batch=4))
    with pytest.raises(NotImplementedError, match="no derivative"):
        hp.explain(net, x, "gradient", batch=4)


@pytest.mark.parametrize("change", [torch.sigmoid, lambda z: z.softmax(1) * 2, lambda z: z[:, :1] * 0 + 1])
def test_what_only_looks_like_probabilities_is_not_taken_for_them(change: Callable[[Tensor], Tensor]) -> None:
    assert not look(answering(change)).facts.probabilities


def test_a_model_made_in_inference_mode_answers_like_any_other_and_is_given_back() -> None:
    def net() -> nn.Sequential:
        layers = [
            nn.Conv2d(3, 4, 3),
            nn.BatchNorm2d(4),
            nn.Flatten(),
            nn.LazyLinear(5),
            nn.Linear(5, 5),
            nn.Linear(5, 5),
        ]
        found = nn.Sequential(*layers)
        found(pictures(2))
        found[5].weight = found[4].weight  # one parameter in two places
        return found

    want = built(net)
    with torch.inference_mode():
        mine = built(net)
    own = dict(mine.named_parameters())
    x = pictures(2)
    for method in ("gradient", "occlusion"):
        assert torch.equal(hp.explain(mine, x, method, target=0), hp.explain(want, x, method, target=0))
    with prepared(mine, CPU) as room:
        assert room.module[4].weight is room.module[5].weight
        assert not any(p.is_inference() for p in room.module.parameters())
    assert all(p is own[name] for name, p in mine.named_parameters())
    with torch.inference_mode(), pytest.raises(ZeroDivisionError), prepared(mine, CPU):
        raise ZeroDivisionError
    assert all(p is own[name] for name, p in mine.named_parameters())


def test_threads_take_turns_with_one_model() -> None:
    net, entered = linear(), Event()

    def enter() -> None:
        with prepared(net, CPU):
            entered.set()

    thread = Thread(target=enter)
    with prepared(net, CPU), prepared(net, CPU):
        thread.start()
        assert not entered.wait(0.1)
    assert entered.wait(60)
    thread.join()
