"""Where the models and images of a study come from: names in a file, or objects in Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from heatproof.data.imageset import ImageSet
from heatproof.data.load import load_data, load_reference
from heatproof.data.tensors import from_tensors
from heatproof.models.classifier import Classifier
from heatproof.models.load import load_model
from heatproof.spec.parts import DataSpec
from heatproof.spec.study import StudySpec
from heatproof.spec.training import PatchesSpec
from heatproof.study.choosing import chosen
from heatproof.study.given import given_images
from heatproof.study.made import Maker

Model = str | nn.Module | Classifier
Images = str | Path | Tensor | ImageSet | tuple[Tensor, Tensor | None] | DataLoader[Any]


@dataclass(frozen=True)
class Source:
    """The classifiers, and for each the images as it wants to see them."""

    classifiers: tuple[Classifier, ...]
    images_for: Callable[[Classifier], ImageSet]
    reference_for: Callable[[Classifier], Tensor | None]
    """Other images of the same kind, for formulas that compare with them."""


def named(spec: StudySpec, maker: Maker, *, allow_plugins: bool = False) -> Source:
    """What a study file names; weights and patches that it wants trained are made by the `maker`."""
    classifiers = [maker.model(model, allow_plugins=allow_plugins) for model in spec.models]
    data = spec.data
    where = f"folder:{data.folder}" if data.folder else data.name
    split = data.split or "test"

    def load(classifier: Classifier, images: int) -> ImageSet:
        return load_data(
            where,
            images,
            input=classifier.input,
            labels=data.labels,
            boxes=data.boxes,
            patches=data.patches if isinstance(data.patches, str) else None,
            classes=classifier.classes,
            split=split,
            root=data.root,
            allow_plugins=allow_plugins,
        )

    def others(classifier: Classifier, images: int) -> ImageSet:
        # The first images do not depend on how many are looked at.
        return load_reference(where, images, split, input=classifier.input, root=data.root, allow_plugins=allow_plugins)

    @cache
    def reference_for(classifier: Classifier) -> Tensor:
        return others(classifier, data.reference).images

    shown = chosen(spec, classifiers, load)

    @cache
    def images_for(classifier: Classifier) -> ImageSet:
        if not isinstance(data.patches, PatchesSpec):
            return shown(classifier)
        return maker.patched(data.patches.train, classifier, shown(classifier), partial(others, classifier))

    return Source(tuple(classifiers), images_for, reference_for)


def given(models: Model | Sequence[Model], data: Images, reference: Tensor | None = None) -> Source:
    """What a Python program holds in its hands; without a `reference` the images themselves are it."""
    several = [models] if isinstance(models, str | nn.Module | Classifier) else models
    classifiers = [load_model(m) for m in several]

    @cache
    def images_for(classifier: Classifier) -> ImageSet:
        if isinstance(data, ImageSet):
            return data
        if isinstance(data, str | Path):
            return load_data(data, input=classifier.input, classes=classifier.classes)
        images, labels = _held(data)
        # A bare module of the user's takes images as they are, normalised or not.
        return from_tensors(images, labels, prepared=classifier.input is None)

    def reference_for(classifier: Classifier) -> Tensor:
        return images_for(classifier).images if reference is None else given_images(reference)

    return Source(tuple(_numbered(classifiers)), images_for, reference_for)


def _held(data: Any) -> tuple[Any, Any]:
    """Images and labels of tensors, of a pair, or of a loader of pairs."""
    if isinstance(data, DataLoader):
        batches = [batch if isinstance(batch, tuple | list) else (batch, None) for batch in data]
        labels = [batch[1] for batch in batches if len(batch) > 1 and batch[1] is not None]
        return torch.cat([batch[0] for batch in batches]), torch.cat(labels) if labels else None
    return data if isinstance(data, tuple) and len(data) == 2 else (data, None)


def _numbered(classifiers: Sequence[Classifier]) -> Iterator[Classifier]:
    """Two modules of one class are told apart: Net, Net 2."""
    taken: Counter[str] = Counter()
    for classifier in classifiers:
        name = classifier.name or "model"
        taken[name] += 1
        yield replace(classifier, name=name if taken[name] == 1 else f"{name} {taken[name]}")


def data_spec(source: Source, data: Images) -> DataSpec:
    """How a study file would say it."""
    images = source.images_for(source.classifiers[0])
    name = str(data) if isinstance(data, str | Path) else images.name
    return DataSpec(name=name, images=len(images))
