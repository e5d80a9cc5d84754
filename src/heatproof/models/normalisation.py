"""By which mean and standard deviation the images of a data set are usually normalised."""

from __future__ import annotations

from dataclasses import replace

from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import nearest, problem

_CONSTANTS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "none": ((0.0,), (1.0,)),
    "mnist": ((0.1307,), (0.3081,)),
    "fashion-mnist": ((0.2859635,), (0.35296154,)),
    "cifar10": ((0.4913, 0.4821, 0.4464), (0.247, 0.2434, 0.2615)),
    "cifar100": ((0.5072, 0.4867, 0.441), (0.2673, 0.2565, 0.2762)),
    "svhn": ((0.4377, 0.4438, 0.4728), (0.198, 0.201, 0.197)),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "caltech256": ((0.552, 0.5332, 0.5047), (0.3154, 0.312, 0.3256)),
}
NORMALISATIONS = tuple(_CONSTANTS)


def name_of(spec: InputSpec) -> str | None:
    """Whose constants these are, if anybody's."""
    return next((name for name, constants in _CONSTANTS.items() if constants == (spec.mean, spec.std)), None)


def normalised(spec: InputSpec, name: str) -> InputSpec:
    """The same input with the constants of this data set; raises HP953 for names without and for other channels."""
    if name not in _CONSTANTS:
        known = ", ".join(NORMALISATIONS)
        raise problem("HP953", value=name, near=nearest(name, NORMALISATIONS), known=known)
    mean, std = _CONSTANTS[name]
    if len(mean) not in (1, spec.channels):
        raise problem("HP953", value=name, near=f" ({len(mean)} channels, the model has {spec.channels})", known="none")
    return replace(spec, mean=mean, std=std)
