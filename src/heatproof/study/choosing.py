"""Which images of a data set a study is about: the first ones, or the first that the models get right."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import torch

from heatproof.data.imageset import ImageSet
from heatproof.models.classifier import Classifier
from heatproof.spec.study import StudySpec
from heatproof.study.session import session
from heatproof.vocabulary.errors import problem

Load = Callable[[Classifier, int], ImageSet]
"""The first images of the data set, as this model wants to see them."""
ALL, EACH, EVERY = "all", "correct", "correct_for_all"


def chosen(spec: StudySpec, classifiers: Sequence[Classifier], load: Load) -> Callable[[Classifier], ImageSet]:
    """The images of the study for each of its models.

    `correct` with a `search`, and `correct_for_all`: the first `images` among the first `search` that the model, or
    every model of the study, gets right. They do not depend on how many more are looked at.
    """
    data = spec.data
    if data.keep == ALL or (data.keep == EACH and data.search is None):
        # Of these `images`, those that the model gets wrong leave when its answers are known.
        return cache(lambda classifier: load(classifier, data.images))
    if data.keep == EACH:
        return cache(lambda classifier: _Search(spec, (classifier,), load).found()[0])

    @cache
    def together() -> Mapping[Classifier, ImageSet]:
        return dict(zip(classifiers, _Search(spec, classifiers, load).found(), strict=True))

    return lambda classifier: together()[classifier]


@dataclass
class _Search:
    """Looks through the beginning of a data set until enough images are right for all of the models."""

    spec: StudySpec
    classifiers: Sequence[Classifier]
    load: Load
    right: dict[tuple[int, str], bool] = field(default_factory=dict)
    """(model, image) -> right?"""

    def found(self) -> list[ImageSet]:
        """The same images for each model, as it wants to see them."""
        wanted = self.spec.data.images
        most = max(wanted, self.spec.data.search or wanted)
        count = wanted
        while True:
            sets = [self.load(classifier, count) for classifier in self.classifiers]
            ids = self._right_for_all(sets)
            if len(ids) >= wanted or count >= most or all(len(s) + len(s.skipped) < count for s in sets):
                return self._taken(sets, ids[:wanted])
            count = _next(count, most, wanted, len(ids))

    def _right_for_all(self, sets: Sequence[ImageSet]) -> list[str]:
        """Ids in the order of the first model's set."""
        for number, (classifier, data) in enumerate(zip(self.classifiers, sets, strict=True)):
            self._look(number, classifier, data)
        return [id for id in sets[0].ids if all(self.right.get((n, id)) for n in range(len(sets)))]

    def _look(self, number: int, classifier: Classifier, data: ImageSet) -> None:
        """Ask the model about the images that are new."""
        if data.labels is None:
            raise problem("HP217", data=data.name)
        new = torch.tensor([i for i, id in enumerate(data.ids) if (number, id) not in self.right], dtype=torch.long)
        if not len(new):
            return
        compute = self.spec.compute
        images, labels = data.images[new], data.labels[new]
        with session(
            classifier.module,
            images,
            device=compute.device,
            precision=compute.maps,
            batch=compute.batch,
            seed=self.spec.seed,
        ) as ready:
            hits = ready.predict(images).nan_to_num(-torch.inf).argmax(1) == labels
        for i, hit in zip(new.tolist(), hits.tolist(), strict=True):
            self.right[number, data.ids[i]] = hit

    def _taken(self, sets: Sequence[ImageSet], ids: Sequence[str]) -> list[ImageSet]:
        names = [classifier.name for classifier in self.classifiers]
        if not ids:
            raise problem("HP662", data=sets[0].name, images=len(sets[0]), models=" and ".join(names))
        return [self._with_note(data, ids) for data in sets]

    def _with_note(self, data: ImageSet, ids: Sequence[str]) -> ImageSet:
        """The chosen images of one set, and how many were passed over for them."""
        places = {id: i for i, id in enumerate(data.ids)}
        chosen = torch.tensor([places[id] for id in ids])
        enough = len(ids) == self.spec.data.images
        looked = int(chosen.max()) + 1 if enough else len(data)
        every = "not every model gets right" if self.spec.data.keep == EVERY else "the model gets wrong"
        passed = f"{looked - len(ids)} of the first {looked} images of {data.name}, which {every} ({self._key()})"
        short = f"only {len(ids)} of the {self.spec.data.images} wanted images of {data.name} were found"
        notes = [text for text, said in ((passed, looked > len(ids)), (short, not enough)) if said]
        return replace(data.take(chosen), notes=(*data.notes, *notes))

    def _key(self) -> str:
        return f"keep: {self.spec.data.keep}"


def _next(count: int, most: int, wanted: int, found: int) -> int:
    """How many to look at next: what the rate so far calls for, at most twice as many."""
    needed = math.ceil(count * wanted / found * 1.05) + 8 if found else 2 * count
    return min(most, max(count + 1, min(needed, 2 * count)))
