"""The cases of a study: which images, and which class of each is explained."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from heatproof.data.imageset import ImageSet
from heatproof.study.given import given_targets
from heatproof.study.keys import image_key
from heatproof.vocabulary.errors import problem


@dataclass(frozen=True, eq=False)
class Case:
    """One image and the class to explain."""

    id: str
    key: str
    x: Tensor
    target: int
    predicted: int
    probability: float
    """Softmax probability of the explained class."""
    label: int | None
    boxes: Tensor | None = None
    """(k, 4): top, left, bottom, right of each object."""


def cases_of(data: ImageSet, outputs: Tensor, *, target: object, keep: str, probabilities: bool) -> list[Case]:
    """The images of the data set, or those of them that the model gets right, each with its class.

    Images for which the model answers NaN stay in: their units are undefined, for a reason that the report names.
    """
    labels = data.labels
    if labels is None and (target == "label" or keep != "all"):
        raise problem("HP217", data=data.name)
    chosen = labels if target == "label" else None if target == "predicted" else target
    targets = given_targets(chosen, outputs)
    predicted = outputs.nan_to_num(-torch.inf).argmax(1).tolist()
    shares = outputs if probabilities else outputs.softmax(1)
    found = [
        Case(
            id=data.ids[i],
            key=image_key(data.images[i], targets[i], None if data.boxes is None else data.boxes[i]),
            x=data.images[i],
            target=targets[i],
            predicted=predicted[i],
            probability=float(shares[i, targets[i]]),
            label=None if labels is None else int(labels[i]),
            boxes=None if data.boxes is None else data.boxes[i],
        )
        for i in range(len(data))
    ]
    kept = [c for c in found if keep == "all" or c.predicted == c.label]
    if not kept:
        raise problem("HP218", data=data.name, images=len(found))
    return kept
