"""Settings of formulas: what each means, and what values it takes, said once where its type is defined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from heatproof.vocabulary.fills import Fill, Replacement
from heatproof.vocabulary.links import Link
from heatproof.vocabulary.similarity import SimilarityName


@dataclass(frozen=True)
class About:
    """Stands in an annotation: what the setting means, and the range of a number."""

    text: str
    low: float = -math.inf
    high: float = math.inf

    def complaint(self, value: object) -> str | None:
        """What is wrong with a number, or None."""
        if isinstance(value, int | float) and not isinstance(value, bool) and not self.low <= value <= self.high:
            return f"must lie between {self.low:g} and {self.high:g}"
        return None


Sigma = Annotated[float, About("standard deviation of the noise", 0.0, 1e6)]
Scale = Annotated[
    Literal["absolute", "range", "normalised", "normalised_range"],
    About(
        "what sigma counts: pixel values (absolute), shares of max(x) - min(x) (range), units of the model's "
        "normalisation (normalised), or shares of the range of the normalised image (normalised_range)"
    ),
]
Unit = Annotated[
    Literal["pixel", "normalised"], About("gradients per unit of pixel values, or of the model's normalised input")
]
Absolute = Annotated[bool, About("every gradient without its sign")]
Samples = Annotated[int, About("number of random samples", 1, 1_000_000)]
Steps = Annotated[int, About("number of points along the path or curve", 1, 100_000)]
Rule = Annotated[
    Literal["gauss-legendre", "trapezoid", "left", "right", "midpoint", "endpoints"],
    About("quadrature rule along the path; the weights of every rule sum to 1"),
]
Baseline = Annotated[Fill, About("what an absent value is: a number, pixels, or the name of a fill")]
Removal = Annotated[
    Replacement,
    About("what stands where pixels are removed: a number, pixels, a fill, or what their neighbours say (ROAD)"),
]
Layer = Annotated[str | None, About("name of the layer; found by itself when left out")]
Box = Annotated[int | Sequence[int] | None, About("pixels: one side, (height, width), or (channels, height, width)")]
LinkChoice = Annotated[Link, About("score of the class: logit, probability, log_probability or margin")]
Order = Annotated[Literal["morf", "lerf"], About("most relevant pixels first (morf), or least relevant first (lerf)")]
Share = Annotated[float, About("share of the image's pixels", 0.0, 1.0)]
Sign = Annotated[
    Literal["signed", "absolute"],
    About("signed: the sum of the map over channels; absolute: its size, for maps whose sign means nothing"),
]
SimilarityChoice = Annotated[SimilarityName, About("how two maps are compared")]
Top = Annotated[float, About("similarity top_k: share of the pixels that are the top", 1e-6, 1.0)]
Stages = Annotated[
    int | Literal["all"],
    About("groups of about equally many layers that are changed together; all: every layer alone", 1, 10_000),
]
Explained = Annotated[
    Literal["original", "new"], About("class that is explained by a changed model: that of the map, or the one it sees")
]
Draw = Annotated[int, About("which random sets or perturbations: another number draws others", 0)]
Draws = Annotated[int, About("number of random draws of the weights; the value is their mean", 1, 1000)]
NeighbourNoise = Annotated[
    Literal["shared", "fresh"],
    About("shared: the method draws the same noise at every neighbour; fresh: new noise, whose error then counts"),
]
