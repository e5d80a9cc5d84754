"""The layer a class-activation map looks at, on small networks built like those that people use."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from room_lab import built, look, pictures
from torch import Tensor, nn
from torch.nn import functional as F

import heatproof as hp


def unit(i: int, o: int, side: int = 3, stride: int = 1, act: type[nn.Module] = nn.ReLU, groups: int = 1) -> nn.Module:
    """Convolution, batch norm, activation."""
    conv = nn.Conv2d(i, o, side, stride, side // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(o), act())


class Fire(nn.Module):
    def __init__(self, i: int, o: int) -> None:
        super().__init__()
        self.squeeze, self.one, self.three = nn.Conv2d(i, 2, 1), nn.Conv2d(2, o, 1), nn.Conv2d(2, o, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.squeeze(x).relu()
        return torch.cat([self.one(x).relu(), self.three(x).relu()], 1)


class SqueezeNet(nn.Module):
    """The last convolution has one channel per class, and its mean is the logit."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(True), Fire(4, 4))
        head = [nn.Dropout(), nn.Conv2d(8, 5, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d((1, 1))]
        self.classifier = nn.Sequential(*head)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x)).flatten(1)


class Squeeze(nn.Module):
    """Channel attention: convolutions on a map of one pixel."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(wide, 2, 1), nn.Conv2d(2, wide, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.fc2(F.silu(self.fc1(F.adaptive_avg_pool2d(x, 1)))))


class EfficientNet(nn.Module):
    """Depthwise convolutions, channel attention, SiLU, a last pointwise convolution."""

    def __init__(self) -> None:
        super().__init__()
        block = nn.Sequential(unit(4, 4, groups=4, act=nn.SiLU), Squeeze(4), nn.Conv2d(4, 6, 1), nn.BatchNorm2d(6))
        self.features = nn.Sequential(unit(3, 4, stride=2, act=nn.SiLU), block, unit(6, 8, 1, act=nn.SiLU))
        self.avgpool, self.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class MobileNetV3(nn.Module):
    """Pools first, and then convolves the one pixel that is left."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem, self.bn1 = nn.Conv2d(3, 4, 3, 2, 1), nn.BatchNorm2d(4)
        self.blocks = nn.Sequential(unit(4, 4, groups=4, act=nn.Hardswish), Squeeze(4), unit(4, 6, 1, act=nn.Hardswish))
        self.global_pool, self.conv_head = nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 8, 1)
        self.classifier = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(F.hardswish(self.bn1(self.conv_stem(x))))
        return self.classifier(F.hardswish(self.conv_head(self.global_pool(x))).flatten(1))


class Branches(nn.Module):
    def __init__(self, i: int) -> None:
        super().__init__()
        self.branch1, self.branch2 = unit(i, 4, 1), nn.Sequential(unit(i, 2, 1), unit(2, 4))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x)], 1)


class Auxiliary(nn.Module):
    """A classifier on the side, with a convolution of its own."""

    def __init__(self, i: int) -> None:
        super().__init__()
        self.conv, self.fc = unit(i, 6, 1), nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x).mean((2, 3)))


class GoogLeNet(nn.Module):
    """Answers the logits and those of an auxiliary classifier, which runs in the middle, or after everything."""

    def __init__(self, *, late: bool) -> None:
        super().__init__()
        self.late, self.conv1 = late, unit(3, 4, stride=2)
        self.inception4, self.inception5 = Branches(4), Branches(8)
        self.aux, self.fc = Auxiliary(8), nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Any:
        x = self.inception4(self.conv1(x))
        aux = None if self.late else self.aux(x)
        logits = self.fc(self.inception5(x).mean((2, 3)))
        return logits, self.aux(x) if self.late else aux


class DenseLayer(nn.Module):
    def __init__(self, i: int) -> None:
        super().__init__()
        self.norm1, self.relu1, self.conv1 = nn.BatchNorm2d(i), nn.ReLU(inplace=True), nn.Conv2d(i, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.conv1(self.relu1(self.norm1(x)))], 1)


class DenseNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, 2, 1), DenseLayer(4), DenseLayer(6), nn.BatchNorm2d(8), nn.ReLU(inplace=True)
        )
        self.classifier = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), (1, 1)).flatten(1))


def sequential(*layers: nn.Module) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(*layers)


POOL = (nn.AdaptiveAvgPool2d(1), nn.Flatten())
# The last layer, or a container or an identity that answers with the very same values; and the convolution behind it.
NETWORKS: dict[str, tuple[Callable[[], nn.Module], set[str], str]] = {
    "squeezenet": (SqueezeNet, {"features.2", "features", "classifier.0"}, "features.2.three"),
    "efficientnet": (EfficientNet, {"features.2.2", "features.2", "features"}, "features.2.0"),
    "mobilenet v3": (MobileNetV3, {"blocks.2.2", "blocks.2", "blocks"}, "blocks.2.0"),
    "googlenet": (lambda: GoogLeNet(late=False), {"inception5"}, "inception5.branch2.1.0"),
    "googlenet, auxiliary last": (lambda: GoogLeNet(late=True), {"inception5"}, "inception5.branch2.1.0"),
    "densenet": (DenseNet, {"features.4", "features"}, "features.2.conv1"),
    "all convolutional": (
        sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 6, 3), nn.ReLU(), nn.Conv2d(6, 5, 1), *POOL),
        {"3"},
        "2",
    ),
    "one convolution, the classifier": (sequential(nn.Conv2d(3, 5, 3), *POOL), {"0"}, "0"),
    "as many channels as classes": (
        sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU(), *POOL, nn.Linear(5, 5)),
        {"3"},
        "2",
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_layer_is_found(name: str) -> None:
    make, layers, convolution = NETWORKS[name]
    facts = look(built(make)).facts
    assert facts.spatial_layer in layers
    assert facts.last_convolution == convolution


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("method", ["grad_cam", "grad_cam_plus_plus", "score_cam"])
def test_a_map_comes_from_it(name: str, method: str) -> None:
    make, layers, convolution = NETWORKS[name]
    net, x = built(make), pictures(1).expand(5, -1, -1, -1)

    def maps(**settings: str) -> Tensor:
        return hp.explain(net, x, method, target=torch.arange(5), batch=5, relu=False, **settings).nan_to_num(-1.0)

    found = maps()
    assert float(found.abs().max()) > 0
    for layer in layers:
        torch.testing.assert_close(maps(layer=layer), found)
    torch.testing.assert_close(maps(stage="convolution"), maps(layer=convolution))


class Unused(nn.Module):
    """What runs last is thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 5)
        self.unused = nn.ModuleList([nn.Conv2d(4, 4, 3, padding=1) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.conv(x))
        logits = self.fc(h.relu().mean((2, 3)))
        for conv in self.unused:
            h = conv(h)
        return logits


def test_layers_that_change_no_output_are_passed_over() -> None:
    facts = look(built(Unused)).facts
    assert facts.spatial_layer == "norm"
    assert facts.last_convolution == "conv"


class Again(nn.Module):
    """The last convolution runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.conv = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.fc = nn.BatchNorm2d(4), nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.norm(self.conv(self.conv(self.stem(x)))).relu().mean((2, 3)))


def test_a_convolution_that_runs_twice_is_not_looked_at() -> None:
    net, x = built(Again), pictures(2)
    assert look(net).facts.spatial_layer == look(net).facts.last_convolution == "norm"
    maps = [hp.explain(net, x, "grad_cam", batch=4, stage=stage) for stage in ("activation", "convolution")]
    assert torch.equal(*maps)


class Dead(nn.Module):
    """No output depends on anything."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(0 * self.conv(x).mean((2, 3)))


class Blind(Dead):
    """Its forward knows no gradient."""

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return self.fc(self.conv(x).mean((2, 3)))


@pytest.mark.parametrize("make", [Dead, Blind])
def test_where_nothing_can_be_told_it_is_the_last_one(make: type[nn.Module]) -> None:
    assert look(built(make)).facts.spatial_layer == "conv"
