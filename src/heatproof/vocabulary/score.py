"""The score of one class of one image, as formulas see it: `await f(points)`, `await f.grad(points)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from heatproof.vocabulary.ask import Ask, Asked, Series
from heatproof.vocabulary.edits import Edit
from heatproof.vocabulary.facts import ModelFacts
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.links import Link, linked
from heatproof.vocabulary.points import At, Points
from heatproof.vocabulary.query import LOGITS, Activation, Quantity, Query


@dataclass(frozen=True, eq=False)
class Score:
    """f: the linked score of class `target`, by the model with these edits, around `image`."""

    image: Image
    target: int
    model: ModelFacts
    link: Link = "logit"
    edits: tuple[Edit, ...] = ()
    part: int = 64
    """Points that a streamed answer brings at a time."""
    origin: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Ingredients beside the image that the study has: `reference` images, `boxes`, `patches`."""
    precision: str = ""
    """The type of the plain forwards of a metric; empty for that of the maps. Gradients are never in another."""
    pictured: bool = False
    """Maps that are made on the way are asked for, to be looked at."""

    @property
    def x(self) -> At:
        """The image itself, as a point to ask about."""
        return At(self.image)

    def __call__(self, points: Points) -> Series:
        """f(z) for every point z: (n,)."""
        return self._series(points, self._logits)

    def outputs(self, points: Points) -> Series:
        """All outputs of the model at every point: (n, K)."""
        query = Query(points, self._logits, self.edits, 0, len(points), self.origin)
        return Series(query, lambda y: y, self.part)

    def grad(self, points: Points) -> Series:
        """The gradient of f at every point z: (n, C, H, W)."""
        return self._series(points, Quantity("gradient", self.target, self.link))

    def layer(self, points: Points, name: str) -> Ask[Activation]:
        """Activations of a layer at every point, and the gradients of f with respect to them."""
        wanted = Quantity("layer", self.target, self.link, name)
        return Ask(Asked(Query(points, wanted, self.edits, 0, len(points), self.origin)), lambda answer: answer[0])

    def linked_by(self, link: Link) -> Score:
        """The same class under another link."""
        return replace(self, link=link)

    def retargeted(self, target: int) -> Score:
        """The score of another class."""
        return replace(self, target=target)

    def edited(self, *edits: Edit) -> Score:
        """The score of the same class by an edited model."""
        return replace(self, edits=self.edits + edits)

    def at(self, points: Points, i: int) -> Score:
        """The same score asked around point i, with the random streams of this image."""
        return self.around(points, i, i + 1)[0]

    def around(self, points: Points, start: int, stop: int) -> list[Score]:
        """The same score asked around each of the points start..stop."""
        places = enumerate(points.rows(start, stop).z, start)
        return [replace(self, image=self.image.moved(z.clone(), (points.key, i))) for i, z in places]

    def reseeded(self, seed: int) -> Score:
        """The same score with other random streams: what is left of the difference is Monte-Carlo noise."""
        return replace(self, image=self.image.reseeded(seed))

    def in_precision(self, precision: str) -> Score:
        """The same score by forwards in this type; empty for that of the maps."""
        return self if precision == self.precision else replace(self, precision=precision)

    @property
    def _logits(self) -> Quantity:
        return Quantity("logits", precision=self.precision) if self.precision else LOGITS

    def _series(self, points: Points, quantity: Quantity) -> Series:
        query = Query(points, quantity, self.edits, 0, len(points), self.origin)
        if quantity.kind == "gradient":
            return Series(query, lambda g: g, self.part)
        return Series(query, self._link, self.part)

    def _link(self, logits: Tensor) -> Tensor:
        return linked(logits, self.target, self.link, probabilities=self.model.probabilities)
