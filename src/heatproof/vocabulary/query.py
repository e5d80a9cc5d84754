"""A question to a model, as data: edits of the model x points x quantity. Equal questions are asked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor

from heatproof.vocabulary.edits import Edit
from heatproof.vocabulary.links import Link
from heatproof.vocabulary.points import Points


@dataclass(frozen=True)
class Quantity:
    """What is asked: all logits, the gradient of one linked score, or a layer's activations with their gradients."""

    kind: Literal["logits", "gradient", "layer"]
    target: int = -1
    link: Link = "logit"
    layer: str = ""
    precision: str = ""
    """Logits: the type in which they are computed; empty for that of the maps, in which all else is."""


LOGITS = Quantity("logits")
"""Those that a gradient of the same points brings along."""


class Activation(NamedTuple):
    """Activations a (n, k, h, w) of a layer and the gradients g of the score with respect to them."""

    a: Tensor
    g: Tensor


Answer = Tensor | Activation


@dataclass(frozen=True, eq=False)
class Query:
    """Points start..stop of a recipe, put to an edited model."""

    points: Points
    quantity: Quantity
    edits: tuple[Edit, ...]
    start: int
    stop: int
    origin: str = ""
    """Who asks: for the account of costs, never part of a key."""

    @property
    def family(self) -> tuple[object, ...]:
        """Everything that answers can be shared by; the index range is not part of it."""
        return (self.points.image.key, self.edits, self.quantity, self.points.key)
