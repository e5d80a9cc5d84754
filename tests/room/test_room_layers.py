"""Which layer Grad-CAM looks at, which layers are randomized and in which order, which activations there are."""

from collections.abc import Callable

import pytest
import torch
from room_lab import CPU, built, look, pictures
from torch import Tensor, nn
from torch.nn import functional as F

import heatproof as hp
from heatproof.models.preflight import preflight
from heatproof.models.prepare import prepared
from heatproof.vocabulary.edits import Randomized
from heatproof.vocabulary.errors import HeatproofError


class BasicBlock(nn.Module):
    def __init__(self, i: int, o: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.relu = nn.ReLU(inplace=True)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.downsample = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o)) if i != o else None

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


class ResNet(nn.Module):
    """As in torchvision, small."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)
        self.relu, self.maxpool = nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(4, 4, 1), BasicBlock(4, 4, 1))
        self.layer4 = nn.Sequential(BasicBlock(4, 8, 2), BasicBlock(8, 8, 1))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Vgg(nn.Module):
    """Convolutions, ReLU and pooling in one Sequential; pooling comes last."""

    def __init__(self) -> None:
        super().__init__()
        layers = [nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2)]
        layers += [nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2)]
        self.features, self.avgpool = nn.Sequential(*layers), nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(nn.Linear(392, 8), nn.ReLU(True), nn.Dropout(), nn.Linear(8, 5))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class DenseNet(nn.Module):
    """Features end with norm5; ReLU and pooling are functions."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, 4, 3, padding=1))
        self.features.add_module("pool0", nn.MaxPool2d(2))
        self.features.add_module("dense", nn.Conv2d(4, 8, 3, padding=1))
        self.features.add_module("norm5", nn.BatchNorm2d(8))
        self.classifier = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.features(x), inplace=True)
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(out, (1, 1)), 1))


class MobileNet(nn.Module):
    """Features end with convolution, norm and ReLU6."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU6(True)),
            nn.Sequential(nn.Conv2d(4, 4, 3, 1, 1, groups=4, bias=False), nn.BatchNorm2d(4), nn.ReLU6(True)),
            nn.Sequential(nn.Conv2d(4, 8, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(True)),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, 5))

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), (1, 1)).flatten(1))


class Own(nn.Module):
    """A convolutional network as people write them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.relu1, self.pool1 = nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
        self.conv2, self.relu2, self.pool2 = nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)
        self.fc = nn.Linear(128, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool1(self.relu1(self.conv1(x)))
        return self.fc(self.pool2(self.relu2(self.conv2(x))).flatten(1))


# The layer itself, or a container that answers with the very same values.
CAM: dict[str, tuple[Callable[[], nn.Module], set[str]]] = {
    "resnet": (ResNet, {"layer4", "layer4.1"}),
    "vgg": (Vgg, {"features.4"}),
    "densenet": (DenseNet, {"features.norm5", "features"}),
    "mobilenet": (MobileNet, {"features.2.2", "features.2", "features"}),
    "own": (Own, {"relu2"}),
}


@pytest.mark.parametrize("family", CAM)
def test_the_layer_before_pooling_is_found(family: str) -> None:
    make, wanted = CAM[family]
    assert look(built(make)).facts.spatial_layer in wanted


@pytest.mark.parametrize("family", CAM)
def test_layers_go_from_the_output_down(family: str) -> None:
    net = built(CAM[family][0])
    own = [n for n, m in net.named_modules() if [*m.parameters(recurse=False)]]
    found = look(net).facts.layers
    assert sorted(found) == sorted(own)
    runs: list[str] = []
    for name in own:
        net.get_submodule(name).register_forward_hook(lambda *_, name=name: runs.append(name))
    net.eval()(pictures(2))
    assert list(found) == runs[::-1]


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(768, 8), nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.hidden(x.flatten(1)).relu())


def test_a_network_without_maps_is_refused_with_its_layers() -> None:
    with pytest.raises(HeatproofError, match=r"HP214 grad_cam .*no convolution.*out, hidden"):
        hp.explain(Mlp(), pictures(2), "grad_cam", batch=4)
    with pytest.raises(HeatproofError, match=r"HP213 .*'hidden'.*none"):
        hp.explain(Mlp(), pictures(2), "grad_cam", layer="hidden", batch=4)


class Twice(nn.Module):
    """One convolution that runs twice: its map is not one."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.last, self.fc = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 4, 1), nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.last(self.conv(self.conv(x))).mean((2, 3)))


def test_a_layer_that_runs_twice_is_no_layer_to_look_at() -> None:
    facts = look(Twice()).facts
    assert facts.spatial == ("last",)
    with pytest.raises(HeatproofError, match=r"HP213 .*'conv'"):
        hp.explain(Twice(), pictures(2), "grad_cam", layer="conv", batch=4)


class Attention(nn.Module):
    """The projection of its attention has weights, and is never called."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.attention, self.fc = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        h = self.patch(x).flatten(2).transpose(1, 2)
        h = torch.cat([self.token.expand(len(h), -1, -1), h], 1)
        return self.fc(self.attention(h, h, h, need_weights=False)[0][:, 0])


def test_weights_that_are_used_without_a_call_are_layers() -> None:
    layers = look(Attention()).facts.layers
    assert set(layers) == {"fc", "attention.out_proj", "attention", "patch", ""}
    assert layers[0] == "fc"
    assert {"attention", "attention.out_proj"} == {*layers[1:3]}


class Auxiliary(Own):
    """Heads that only training uses, one of them at the top."""

    def __init__(self) -> None:
        super().__init__()
        self.aux = nn.Linear(128, 5)
        self.extra = nn.Sequential(nn.Conv2d(8, 4, 1), nn.Flatten(), nn.Linear(256, 5))

    def forward(self, x: Tensor) -> Tensor:
        logits = super().forward(x)
        return logits + self.aux(x.flatten(1)[:, :128]) if self.training else logits


def test_weights_that_a_forward_does_not_use_are_no_layers() -> None:
    assert look(Auxiliary()).facts.layers == look(Own()).facts.layers


class ByHand(nn.Module):
    """Hands the weights of its layers to functions."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        h = F.conv2d(x, self.conv.weight, self.conv.bias).relu()
        return h.mean((2, 3)) @ self.fc.weight.T + self.fc.bias


def test_weights_that_are_handed_to_functions_are_layers() -> None:
    assert look(ByHand()).facts.layers == ("fc", "conv")


def test_every_layer_that_is_named_changes_the_answer_when_it_is_randomized() -> None:
    for make in (ResNet, Vgg, DenseNet, MobileNet, Own, Attention, Auxiliary, ByHand):
        with prepared(built(make), CPU) as room:
            x = pictures(4)
            layers = preflight(room, x).facts.layers
            with torch.no_grad():  # norms are born as the identity: give them something to lose
                for p in room.module.parameters():
                    p.data = p.data + 0.05
            outputs = room.logits(x)
            for name in layers:
                with room.edited((Randomized((name,)),)):
                    assert not torch.equal(room.logits(x), outputs), f"{make.__name__}: {name} changes nothing"


ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "nn.ReLU": (nn.ReLU(), "relu"),
    "in place": (nn.ReLU(inplace=True), "relu"),
    "F.relu": (F.relu, "relu"),
    "method": (lambda h: h.relu(), "relu"),
    "method in place": (lambda h: h.relu_(), "relu"),
    "torch.relu_": (torch.relu_, "relu"),
    "nn.ReLU6": (nn.ReLU6(), "relu6"),
    "F.relu6": (lambda h: F.relu6(h, inplace=True), "relu6"),
    "hardtanh from 0": (nn.Hardtanh(0.0, 4.0), "relu6"),
    "hardtanh": (nn.Hardtanh(), "hardtanh"),
    "leaky": (nn.LeakyReLU(0.1), "leaky_relu"),
    "prelu": (nn.PReLU(), "prelu"),
    "gelu": (nn.GELU(), "gelu"),
    "silu": (nn.SiLU(inplace=True), "silu"),
    "hardswish": (nn.Hardswish(), "hardswish"),
    "mish": (F.mish, "mish"),
    "elu": (nn.ELU(), "elu"),
    "softplus": (F.softplus, "softplus"),
    "tanh": (torch.tanh, "tanh"),
}


class Activated(nn.Module):
    def __init__(self, act: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.act, self.fc = nn.Conv2d(3, 4, 3), act, nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.act(self.conv(x)).mean((2, 3)))


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_activations_are_seen_however_they_are_called(kind: str) -> None:
    act, name = ACTIVATIONS[kind]
    net = built(lambda: Activated(act))
    assert look(net).facts.activations == (name,)
    call = lambda: hp.explain(net, pictures(2), "guided_backprop", batch=4)  # noqa: E731
    if name in ("relu", "relu6", "leaky_relu", "prelu"):
        assert torch.isfinite(call()).all()
    else:
        with pytest.raises(HeatproofError, match=f"HP214 guided_backprop .*{name}"):
            call()
