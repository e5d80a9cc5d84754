"""The images of a study, with everything that is known about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from heatproof.vocabulary.errors import problem
from heatproof.vocabulary.patch import Patch


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images (N, C, H, W) float32 in [0, 1]. Iterates as `images, labels`."""

    name: str
    images: Tensor
    ids: tuple[str, ...]
    """One printable, unique name per image: it names the image in the store and in the report."""
    labels: Tensor | None = None
    """(N,) int64, or None where nothing is known."""
    masks: Tensor | None = None
    """(N, 1, H, W) bool: the pixels that hold the evidence, where the images were made."""
    boxes: tuple[Tensor, ...] | None = None
    """One tensor (k, 4) int64 per image: top, left, bottom, right (half open) of each object of the label's class."""
    patches: tuple[Patch, ...] = ()
    """Adversarial patches against the model that these images are for."""
    classes: tuple[str, ...] | None = None
    skipped: tuple[tuple[str, str], ...] = ()
    """(id, one-line reason) of every image that was found and could not be used."""
    source: str = ""
    """Where the files were found, in words; empty where the name says it all."""
    notes: tuple[str, ...] = ()
    """What was left out on purpose, one sentence each."""

    def __post_init__(self) -> None:
        twice = [name for name, count in Counter(self.ids).items() if count > 1]
        if twice:
            raise problem("HP615", name=self.name, id=twice[0])
        for part, values in (("ids", self.ids), ("labels", self.labels), ("masks", self.masks), ("boxes", self.boxes)):
            if values is not None and len(values) != len(self.images):
                raise problem("HP614", name=self.name, part=part, count=len(values), images=len(self.images))

    def __repr__(self) -> str:
        labels = "no labels" if self.labels is None else "labels"
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        return f"ImageSet({self.name!r}: {len(self)} images {tuple(self.images.shape[1:])}, {labels}{skipped})"

    def __len__(self) -> int:
        return len(self.images)

    def __iter__(self) -> Iterator[Tensor | None]:
        return iter((self.images, self.labels))

    def take(self, which: Tensor | slice, *, skipped: tuple[tuple[str, str], ...] = ()) -> ImageSet:
        """The images at these places, in this order; `skipped` joins what was skipped before."""
        places = torch.arange(len(self))[which]
        return replace(
            self,
            images=self.images[places],
            ids=tuple(self.ids[i] for i in places.tolist()),
            labels=None if self.labels is None else self.labels[places],
            masks=None if self.masks is None else self.masks[places],
            boxes=None if self.boxes is None else tuple(self.boxes[i] for i in places.tolist()),
            skipped=self.skipped + skipped,
        )
