"""What a network learns from and is judged on: the two splits of a data set, as the network wants to see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import torch

from heatproof.data.imageset import ImageSet
from heatproof.data.load import load_data, load_reference
from heatproof.models.input import InputSpec
from heatproof.models.normalisation import NORMALISATIONS, normalised
from heatproof.models.zoo import ZOO
from heatproof.train.settings import Settings
from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.rng import stream

HELD_OUT = 5
"""Of a data set without splits every fifth image is held out."""
GENERATED = {"train": 8000, "test": 1000}
"""Images of `planted`, which has as many as one asks for."""
_SAME = {"mnist5k": "mnist"}


@dataclass(frozen=True, eq=False)
class Lessons:
    """Training images with the labels that are learned, test images with the right ones, and what they look like."""

    train: ImageSet
    test: ImageSet
    input: InputSpec
    classes: tuple[str, ...]


def lessons(settings: Settings, root: str | None = None) -> Lessons:
    """The images of a training; raises HP959 where they do not suit the network. `root`: where a known set lies."""
    usual = ZOO[settings.network].input
    train, test = (labelled(settings.data, split, usual, root) for split in ("train", "test"))
    shape = tuple(train.images.shape[1:])
    if not ZOO[settings.network].head and shape != (usual.channels, usual.height, usual.width):
        wanted = f"images {(usual.channels, usual.height, usual.width)}"
        raise problem("HP959", network=settings.network, data=settings.data, got=f"images {shape}", wanted=wanted)
    if shape[1] != shape[2]:
        raise problem(
            "HP959", network=settings.network, data=settings.data, got=f"images {shape}", wanted="square images"
        )
    if settings.images is not None:
        train = train.take(slice(settings.images))
    if settings.random_labels:
        train = permuted(train, settings)
    spec = InputSpec(shape[0], shape[1], shape[2])
    spec = normalised(spec, _normalisation(settings, shape[0]))
    return Lessons(train, test, spec, _classes(train, test))


def labelled(data: str, split: str, spec: InputSpec, root: str | None = None) -> ImageSet:
    """One split of a data set, every image with its label; raises HP959 for images without."""
    whole = _split(data, split, spec, root)
    if whole.labels is None or not len(whole):
        raise problem("HP959", network="a network", data=data, got="images without labels", wanted="a label for each")
    if (whole.labels < 0).any():
        whole = whole.take(torch.nonzero(whole.labels >= 0).flatten())
    return whole


def learned_and_held_out(
    data: str, spec: InputSpec | None, learned: int, held_out: int, *, allow_plugins: bool = False
) -> tuple[ImageSet, ImageSet]:
    """So many images, at most, to make patches on, and others to judge them on; no image is in both."""
    other = load_reference(data, held_out, "train", input=spec, allow_plugins=allow_plugins)
    whole = load_data(data, learned + held_out, input=spec, split="train", allow_plugins=allow_plugins)
    if not set(whole.ids) & set(other.ids):
        return whole.take(slice(learned)), other
    last = torch.arange(len(whole)) % HELD_OUT == HELD_OUT - 1  # a set without splits
    return whole.take(torch.nonzero(~last).flatten()[:learned]), whole.take(torch.nonzero(last).flatten()[:held_out])


def permuted(train: ImageSet, settings: Settings) -> ImageSet:
    """The labels in another order, drawn once: every class keeps its number of images."""
    assert train.labels is not None
    random = stream("train", settings.network, settings.seed, "labels")
    return replace(train, labels=train.labels[torch.randperm(len(train), generator=random)])


@cache
def _split(data: str, split: str, spec: InputSpec, root: str | None) -> ImageSet:
    """Built-in sets have splits; of anything else, test images are every fifth."""
    if data == "planted":
        return load_data(data, GENERATED[split], split=split)
    if data.startswith("folder:") or "/" in data:
        whole = load_data(data, input=spec)
        held_out = torch.arange(len(whole)) % HELD_OUT == HELD_OUT - 1
        return whole.take(torch.nonzero(held_out if split == "test" else ~held_out).flatten())
    return load_data(data, split=split, root=root)


def _normalisation(settings: Settings, channels: int) -> str:
    """Whose constants: the data set's own, ImageNet's for other colour images, none for other grey ones."""
    if settings.normalise != "data":
        return settings.normalise
    name = _SAME.get(settings.data, settings.data)
    return name if name in NORMALISATIONS else "imagenet" if channels == 3 else "none"


def _classes(train: ImageSet, test: ImageSet) -> tuple[str, ...]:
    """Names of the classes; numbers where the data set has no names."""
    assert train.labels is not None
    assert test.labels is not None
    count = 1 + int(max(train.labels.max(), test.labels.max()))
    return train.classes or tuple(str(i) for i in range(count))
