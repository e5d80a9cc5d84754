"""What a study has made before it can run: weights and patches. A plan says so, and goes on with stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from heatproof.data.imageset import ImageSet
from heatproof.data.patches import read_patches
from heatproof.models.classifier import Classifier
from heatproof.models.load import load_model
from heatproof.models.normalisation import name_of
from heatproof.models.twins import Twin
from heatproof.models.zoo import ZOO
from heatproof.spec.parts import ModelSpec
from heatproof.spec.training import PatchTrainSpec, TrainSpec
from heatproof.train.cache import Tell, cache_folder, cached, seconds, summary, trained, untrained
from heatproof.train.patch_file import make_patches, outputs_of, patch_digest
from heatproof.train.patch_settings import patch_settings
from heatproof.train.patches import random_patches
from heatproof.train.recipes import settled
from heatproof.train.settings import Settings
from heatproof.vocabulary.errors import problem

SHARED = ("network", "data", "images", "batch", "rate", "seed", "reg")
"""What a twin takes from the training of its model unless it says otherwise."""
HELD_OUT = 500
"""At most so many images on which patches are judged."""


class Maker:
    """Makes what is missing and says so; a maker that may not only notes what it would make."""

    def __init__(self, tell: Tell | None = None, *, may: bool = True, root: str | None = None) -> None:
        self.tell, self.may, self.root = tell or (lambda line: None), may, root
        self.notes: dict[str, str] = {}
        """What would be made first -> about how long it takes, where that is known."""

    def model(self, spec: ModelSpec, *, allow_plugins: bool = False) -> Classifier:
        """The classifier that a study names, its weights and those of its twins made where it says so."""
        if spec.train and spec.weights:
            raise problem("HP962", name=spec.name)
        settings = _settings(spec, spec.train) if spec.train else None
        there = settings is None or self._there(settings)
        weights = trained(settings, self.tell, self.root) if settings and there else spec.weights
        twins = {
            name: twin if isinstance(twin, str) else self._twin(_settings(spec, twin.train, twin=True))
            for name, twin in (spec.twins or {}).items()
        }
        if settings and not there:
            found = load_model(untrained(settings, self.root), normalise=spec.normalise, twins=twins)
        else:
            found = load_model(
                settings.network if settings else spec.source,
                weights=weights,
                sha256=spec.sha256,
                normalise=spec.normalise,
                twins=twins,
                allow_plugins=allow_plugins,
            )
        return replace(found, name=spec.name, source=_said(settings) if settings else found.source)

    def patched(
        self, spec: PatchTrainSpec, classifier: Classifier, shown: ImageSet, others: Callable[[int], ImageSet]
    ) -> ImageSet:
        """The images of a study with patches against this model, made on `others` and judged on those `shown`."""
        settings = patch_settings(spec.given(), outputs_of(classifier, shown))
        learned = _without(others(settings.images), shown)
        digest = patch_digest(classifier.module, learned.name, settings)
        path = cache_folder() / f"patches-{digest}.safetensors"
        if path.exists():
            return replace(shown, patches=read_patches(path))
        what = f"patches against {classifier.name} (targets {', '.join(map(str, settings.targets))})"
        if not self.may:
            self.notes[what] = ""
            return replace(shown, patches=random_patches(shown, settings))

        def progress(target: int, epoch: int, of: int, loss: float) -> None:
            self.tell(f"patch for class {target}: epoch {epoch} of {of}  loss {loss:.4f}")

        self.tell(f"training {what}, once: {path}")
        about = {"model": classifier.name, "source": classifier.source}
        made = make_patches(
            path, classifier.module, learned, shown.take(slice(HELD_OUT)), settings, about=about, progress=progress
        )
        rates = ", ".join(f"{m.patch.target} {m.success:.0%}" for m in made if m.success is not None)
        self.tell(f"share of the images that a patch has taken for its class: {rates}")
        return replace(shown, patches=tuple(m.patch for m in made))

    def _twin(self, settings: Settings) -> Twin:
        if self._there(settings):
            return trained(settings, self.tell, self.root)
        weights: Twin = untrained(settings, self.root).module
        return getattr(weights, "net", weights)

    def _there(self, settings: Settings) -> bool:
        """Whether the weights are there or may be made; what is not is noted."""
        if self.may or cached(settings).exists():
            return True
        if summary(settings) not in self.notes:
            self.notes[summary(settings)] = f", about {max(seconds(settings, self.root), 1):.0f} s"
        return False


def _settings(spec: ModelSpec, train: TrainSpec, *, twin: bool = False) -> Settings:
    """The training that a model or its twin names; recipes decide what is left out."""
    given: dict[str, Any] = train.given()
    if twin and spec.train:
        given = {name: value for name, value in spec.train.given().items() if name in SHARED} | given
    network = given.pop("network", spec.source)
    if spec.normalise:
        given["normalise"] = spec.normalise
    elif twin and not spec.train and network in ZOO:
        given["normalise"] = name_of(ZOO[network].input)  # a twin sees what the model sees
    return settled(network, given)


def _said(settings: Settings) -> str:
    return f"trained here: {summary(settings)}"


def _without(others: ImageSet, shown: ImageSet) -> ImageSet:
    """Images that are not among those that are shown: patches must not be made on what they are judged on."""
    taken = set(shown.ids)
    kept = [i for i, name in enumerate(others.ids) if name not in taken]
    return others.take(torch.tensor(kept, dtype=torch.int64))
