"""Models, images, targets and maps that cannot be used: one line with a code, and nothing of the model changed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from room_lab import answering, built, linear, look, pictures
from torch import Tensor, nn

import heatproof as hp
from heatproof.vocabulary.errors import HeatproofError, UsageError


def _refused(code: str, call: Callable[[], Any], said: str = "") -> None:
    with pytest.raises(HeatproofError, match=f"{code} .*{said}") as caught:
        call()
    assert isinstance(caught.value, UsageError)
    assert "\n" not in str(caught.value)


def _explain(net: nn.Module, x: Any = None, **options: Any) -> Tensor:
    return hp.explain(net, pictures(2) if x is None else x, "gradient", **{"batch": 4, **options})


@pytest.mark.parametrize("target", [5, -1, 1000, [0, 5], [-1, 0], 1.0, True, torch.tensor([0.0, 1.0])])
def test_a_class_that_does_not_exist(target: Any) -> None:
    given = torch.tensor(target) if isinstance(target, list) else target
    _refused("HP203", lambda: _explain(linear(), target=given), "5 outputs, 0 to 4")


@pytest.mark.parametrize("count", [1, 3, 0])
def test_another_number_of_targets_than_images(count: int) -> None:
    _refused("HP204", lambda: _explain(linear(), target=torch.zeros(count, dtype=torch.long)), f"2 images but {count}")


@pytest.mark.parametrize("target", [2, torch.tensor(2), torch.tensor([2, 2]), torch.tensor([[2], [2]])])
def test_targets_that_are_understood(target: Any) -> None:
    assert torch.equal(_explain(linear(), target=target), _explain(linear(), target=2))


IMAGES: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "numpy": (lambda x: x.numpy(), "ndarray"),
    "a list": (lambda x: [*x], "list"),
    "one image": (lambda x: x[0], r"shape \(3, 16, 16\)"),
    "5-D": (lambda x: x[None], r"shape \(1, 2, 3, 16, 16\)"),
    "no images": (lambda x: x[:0], r"shape \(0, 3, 16, 16\)"),
    "no pixels": (lambda x: x[..., :0], r"shape \(2, 3, 16, 0\)"),
    "bytes": (lambda x: (x * 255).byte(), "uint8"),
    "integers": (lambda x: x.long(), "int64"),
    "complex numbers": (lambda x: x.to(torch.complex64), "complex64"),
    "NaN": (lambda x: x.index_fill(0, torch.tensor([1]), float("nan")), "image 1"),
    "infinity": (lambda x: x.index_fill(3, torch.tensor([0]), float("inf")), "image 0"),
    "nothing": (lambda x: None, "NoneType"),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_images_that_cannot_be_used(kind: str) -> None:
    change, said = IMAGES[kind]
    x = pictures(2)
    _refused("HP205", lambda: hp.explain(linear(), change(x), "gradient"), said)
    _refused("HP205", lambda: hp.score(linear(), change(x), x, "gini"), said)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_images_of_other_floating_types_are_taken_as_the_model_wants_them(dtype: torch.dtype) -> None:
    x = pictures(2).to(dtype)
    found = _explain(linear(), x)
    assert found.dtype == torch.float32
    assert torch.equal(found, _explain(linear(), x.float()))


MAPS: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "numpy": (lambda m: m.numpy(), "ndarray"),
    "another number": (lambda m: m[:1], r"\(1, 3, 16, 16\)"),
    "another size": (lambda m: m[..., :15], r"\(2, 3, 16, 15\)"),
    "channels last": (lambda m: m.permute(0, 2, 3, 1), r"\(2, 16, 16, 3\)"),
    "(N, H, W)": (lambda m: m[:, 0], r"\(2, 16, 16\)"),
    "two channels": (lambda m: m[:, :2], r"\(2, 2, 16, 16\)"),
    "complex numbers": (lambda m: m.to(torch.complex64), "complex numbers"),
    "nothing": (lambda m: None, "NoneType"),
}


@pytest.mark.parametrize("kind", MAPS)
@pytest.mark.parametrize("metric", ["gini", "deletion"])
def test_maps_that_cannot_be_used(kind: str, metric: str) -> None:
    change, said = MAPS[kind]
    x = pictures(2)
    _refused("HP206", lambda: hp.score(linear(), x, change(x - 0.5), metric, batch=4), said)


def test_maps_that_cannot_be_written_to_are_fine() -> None:
    x = pictures(2)
    array = (x - 0.5).numpy()
    array.setflags(write=False)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns about every read-only array
        phi = torch.from_numpy(array)
    assert torch.isfinite(hp.score(linear(), x, phi, "deletion", steps=3, batch=4)).all()
    turned = torch.from_numpy(np.ascontiguousarray(array[..., ::-1])).flip(-1)
    assert torch.equal(hp.score(linear(), x, turned, "gini"), hp.score(linear(), x, phi, "gini"))


def _on_meta() -> nn.Module:
    return linear().to("meta")


def _mixed() -> nn.Module:
    net = linear()
    net.fc.double()
    return net


def _mixed_buffer() -> nn.Module:
    net = nn.Sequential(nn.BatchNorm2d(3), linear())
    net[0].running_mean = net[0].running_mean.half()
    return net


@pytest.mark.parametrize("make", [_on_meta, _mixed, _mixed_buffer])
def test_parameters_of_several_kinds_or_without_values(make: Callable[[], nn.Module]) -> None:
    _refused("HP210", lambda: _explain(make()), {_on_meta: "meta", _mixed: "float64", _mixed_buffer: "float16"}[make])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["fc.bias", "conv.weight", "0.running_var"])
def test_weights_and_statistics_that_are_not_numbers(value: float, where: str) -> None:
    net = nn.Sequential(nn.BatchNorm2d(3), linear()) if where.startswith("0") else linear()
    with torch.no_grad():
        net.state_dict()[where].view(-1)[0] = value
    _refused("HP211", lambda: _explain(net), where)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("how", ["script", "trace"])
def test_scripted_and_traced_models(how: str, inside: bool) -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)).eval()
    hidden = torch.jit.script(net) if how == "script" else torch.jit.trace(net, pictures(2))
    given = nn.Sequential(hidden, nn.ReLU()) if inside else hidden
    _refused("HP208", lambda: hp.explain(given, pictures(2), "guided_backprop", batch=4))


def test_a_model_that_fails_says_its_own_first_line() -> None:
    def fail(z: Tensor) -> Tensor:
        raise IndexError("the last straw\nand much more")

    with pytest.raises(HeatproofError, match=r"HP202 .*\(4, 3, 16, 16\): IndexError: the last straw$"):
        look(answering(fail))


def test_images_of_another_number_of_channels() -> None:
    with pytest.raises(HeatproofError, match=r"HP202 .*channels"):
        _explain(linear(), pictures(2, channels=1))


class Counting(nn.Module):
    """Changes something of its own in every forward."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.net, self.what = linear(), what
        self.scale = nn.Parameter(torch.ones(()))
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        if self.what == "weights":
            self.scale.data.mul_(1.01)
        elif self.what == "buffers":
            self.count.add_(1)
        else:
            self.count = self.count + 1
        return self.net(x) * self.scale


@pytest.mark.parametrize("what", ["weights", "buffers", "replaced buffers"])
def test_a_model_that_changes_itself(what: str) -> None:
    net = Counting(what)
    _refused("HP207", lambda: _explain(net), "weights or buffers")
    assert float(net.count) == 0


def test_a_device_that_is_not_there() -> None:
    _refused("HP230", lambda: _explain(linear(), device="cuda:99"), "cuda:99")
    _refused("HP230", lambda: _explain(linear(), device="gpu"), "gpu")


@pytest.mark.parametrize("precision", ["float16", "double", 32])
def test_a_precision_that_there_is_not(precision: Any) -> None:
    _refused("HP105", lambda: _explain(linear(), precision=precision), "float32, float64, bfloat16")


def test_a_refused_model_is_given_back_as_it_was() -> None:
    net = built(lambda: nn.Sequential(nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(768, 5), nn.Unflatten(1, (5, 1))))
    before = {n: (t.data_ptr(), t.clone()) for n, t in net.state_dict().items()}
    _refused("HP201", lambda: _explain(net))
    assert net.training
    assert all(p.requires_grad for p in net.parameters())
    assert all(
        net.state_dict()[n].data_ptr() == p and torch.equal(net.state_dict()[n], t) for n, (p, t) in before.items()
    )


@pytest.mark.parametrize(
    "wrap", [nn.DataParallel, lambda net: net.to(memory_format=torch.channels_last), torch.compile]
)
def test_models_in_other_clothes(wrap: Callable[[nn.Module], nn.Module]) -> None:
    x = pictures(2)
    for method in ("gradient", "guided_backprop", "grad_cam"):
        found = hp.explain(wrap(linear()), x, method, batch=4)
        torch.testing.assert_close(found, hp.explain(linear(), x, method, batch=4), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_models_of_other_types(dtype: torch.dtype) -> None:
    found = _explain(linear().to(dtype), pictures(2).to(dtype))
    assert found.dtype == dtype
    want = _explain(linear(), target=_explained(dtype))
    # In bfloat16 a unit near zero may be active or not: a few pixels differ much.
    assert float((found - want).abs().mean()) < 0.02 * float(want.abs().max())


def _explained(dtype: torch.dtype) -> Tensor:
    with torch.no_grad():
        return linear().to(dtype)(pictures(2).to(dtype)).argmax(1)
