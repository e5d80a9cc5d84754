"""All known data sets by name."""

from __future__ import annotations

from heatproof.data.sets import large, small
from heatproof.data.sets.known import KnownSet

KNOWN: dict[str, KnownSet] = {
    known.name: known
    for known in (
        small.MNIST,
        small.FASHION,
        small.SVHN,
        small.CIFAR10,
        small.CIFAR100,
        large.CALTECH256,
        large.PLACES365,
        large.IMAGENETTE,
        large.IMAGENET,
        large.ILSVRC2012_VAL,
    )
}
