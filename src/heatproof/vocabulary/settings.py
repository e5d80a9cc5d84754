"""Settings of formulas: what each means, and what values it takes, said once where its type is defined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from heatproof.vocabulary.fills import Fill
from heatproof.vocabulary.links import Link


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
Relative = Annotated[bool, About("sigma is a share of the range max(x) - min(x) of the image, not an absolute value")]
Samples = Annotated[int, About("number of random samples", 1, 1_000_000)]
Steps = Annotated[int, About("number of points along the path or curve", 1, 100_000)]
Rule = Annotated[
    Literal["gauss-legendre", "trapezoid", "left", "right", "midpoint"],
    About("quadrature rule along the path; the weights of every rule sum to 1"),
]
Baseline = Annotated[Fill, About("what an absent value is: a number, pixels, black, mean, blur or uniform")]
Removal = Annotated[Fill, About("what stands where pixels are removed: a number, pixels, black, mean, blur or uniform")]
Layer = Annotated[str | None, About("name of the layer; found by itself when left out")]
Box = Annotated[int | Sequence[int] | None, About("pixels: one side, (height, width), or (channels, height, width)")]
LinkChoice = Annotated[Link, About("score of the class: logit, probability, log_probability or margin")]
Order = Annotated[Literal["morf", "lerf"], About("most relevant pixels first (morf), or least relevant first (lerf)")]
Share = Annotated[float, About("share of the image's pixels", 0.0, 1.0)]
