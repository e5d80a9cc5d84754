"""Everything that decides what comes out of a training, checked, with a name made of its content."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from heatproof.train.changes import CHANGES
from heatproof.vocabulary.errors import nearest, problem

VERSION = 1
"""Part of every digest: raised when the same settings come to mean something else."""


@dataclass(frozen=True)
class Settings:
    """One training. What a recipe or a person may set is exactly these fields."""

    network: str
    data: str
    epochs: int
    batch: int
    rate: float
    seed: int = 0
    images: int | None = None
    """At most so many training images."""
    optimiser: str = "adam"
    momentum: float = 0.9
    """Of sgd."""
    decay: float = 0.0
    """Weight decay of the optimiser."""
    schedule: str = "constant"
    milestones: tuple[float, ...] = ()
    """Shares of the training after which `steps` divides the rate by ten."""
    initial: str = "own"
    """kaiming: normal with mean 0 and biases 0; own: what each layer does by itself."""
    change: str = "none"
    normalise: str = "none"
    """data: by the constants of the data set; otherwise none, or the name of a data set."""
    reg: float = 0.0
    """Adds reg / 2 times the squares of all weights but those of the last layer to the loss."""
    random_labels: bool = False
    noise: float = 0.0
    """Standard deviation of the noise that is added to every image while learning."""
    adversarial: str = "none"
    epsilon: float = 0.0
    attack_steps: int = 7
    attack_step: float | None = None
    """Length of one step; 2.5 epsilon / attack_steps if not given."""
    random_start: bool = False
    ramp: float = 0.0
    """Share of the training during which epsilon grows from 0 to its value."""
    half: bool = False
    """Weights are stored in half precision; accuracies are those of what is stored."""

    def __post_init__(self) -> None:
        for name, (low, high, whole) in _RANGES.items():
            check_number(name, getattr(self, name), low, high, whole)
        for name, words in _WORDS.items():
            value = getattr(self, name)
            if value not in words:
                raise problem("HP957", setting=name, value=repr(value), valid=", ".join(words))
        for name in ("random_labels", "random_start", "half"):
            if not isinstance(getattr(self, name), bool):
                raise problem("HP957", setting=name, value=repr(getattr(self, name)), valid="true or false")
        if (self.adversarial != "none") != (self.epsilon > 0):
            valid = "a number above 0 together with adversarial: l2 or linf"
            raise problem("HP957", setting="epsilon", value=repr(self.epsilon), valid=valid)

    @property
    def digest(self) -> str:
        """24 hexadecimal digits: equal settings, equal digest."""
        text = json.dumps([VERSION, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


SETTINGS = tuple(field.name for field in fields(Settings))

_ANY = math.inf
_RANGES: dict[str, tuple[float, float, bool]] = {
    "epochs": (0, 1_000_000, True),
    "batch": (1, 1_000_000, True),
    "rate": (1e-12, 1e3, False),
    "seed": (0, 2**63 - 1, True),
    "images": (1, _ANY, True),
    "momentum": (0, 1, False),
    "decay": (0, _ANY, False),
    "reg": (0, _ANY, False),
    "noise": (0, _ANY, False),
    "epsilon": (0, _ANY, False),
    "attack_steps": (1, 10_000, True),
    "attack_step": (1e-12, _ANY, False),
    "ramp": (0, 1, False),
}
_WORDS = {
    "optimiser": ("adam", "sgd"),
    "schedule": ("constant", "one cycle", "steps"),
    "initial": ("own", "kaiming"),
    "change": tuple(CHANGES),
    "adversarial": ("none", "l2", "linf"),
}


def check_number(name: str, value: Any, low: float, high: float, whole: bool) -> None:
    """A number of this kind in this range; None only where it is the default."""
    if value is None and name in ("images", "attack_step"):
        return
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high or value == math.inf:
        bounds = "above 0" if 0 < low < 1e-6 else f"from {low:g}"
        bounds += "" if high == _ANY else f" to {high:g}"
        valid = f"{'a whole number' if whole else 'a number'} {bounds}"
        raise problem("HP957", setting=name, value=repr(value), valid=valid)


def made(given: Mapping[str, Any]) -> Settings:
    """Settings of plain values; a name that is none of them is refused with the nearest."""
    for name in given:
        if name not in SETTINGS:
            near = nearest(name, SETTINGS)
            raise problem("HP958", setting=name, near=near, known=", ".join(SETTINGS))
    plain: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in given.items()}
    return Settings(**plain)
