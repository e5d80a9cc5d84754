"""The score of one class of one image, as formulas see it: `await f(points)`, `await f.grad(points)`."""

from __future__ import annotations

from dataclasses import dataclass, replace

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

    @property
    def x(self) -> At:
        """The image itself, as a point to ask about."""
        return At(self.image)

    def __call__(self, points: Points) -> Series:
        """f(z) for every point z: (n,)."""
        return self._series(points, LOGITS)

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

    def edited(self, *edits: Edit) -> Score:
        """The score of the same class by an edited model."""
        return replace(self, edits=self.edits + edits)

    def at(self, points: Points, i: int) -> Score:
        """The same score asked around point i, with the random streams of this image."""
        moved = self.image.moved(points.rows(i, i + 1).z[0].clone(), (points.key, i))
        return replace(self, image=moved)

    def reseeded(self, seed: int) -> Score:
        """The same score with other random streams: what is left of the difference is Monte-Carlo noise."""
        return replace(self, image=self.image.reseeded(seed))

    def _series(self, points: Points, quantity: Quantity) -> Series:
        query = Query(points, quantity, self.edits, 0, len(points), self.origin)
        if quantity.kind == "gradient":
            return Series(query, lambda g: g, self.part)
        return Series(query, self._link, self.part)

    def _link(self, logits: Tensor) -> Tensor:
        return linked(logits, self.target, self.link, probabilities=self.model.probabilities)
