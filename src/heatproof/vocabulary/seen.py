"""What an edited model sees in an image: which class, and is it the explained one?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.score import Score


async def seen_classes(scores: Sequence[Score]) -> list[int | None]:
    """The class that each of these models sees in its image; None where it has no answer."""
    return await together(_seen(f) for f in scores)


async def _seen(f: Score) -> int | None:
    try:
        outputs = await f.outputs(f.x).one()
    except Undefined:
        return None
    return predicted(outputs, probabilities=f.model.probabilities)


def predicted(outputs: Tensor, *, probabilities: bool) -> int:
    """The class of the largest of the outputs (K,); of a single one, 0, or 1 for what it speaks against."""
    if len(outputs) == 1:
        outputs = torch.cat([outputs, 1 - outputs if probabilities else torch.zeros_like(outputs)])
    return int(outputs.argmax())


def kept(f: Score, classes: Sequence[int | None]) -> list[float | None]:
    """1 where the explained class is seen, 0 where another is."""
    return [None if c is None else float(c == f.target) for c in classes]


def retargeted(scores: Sequence[Score], classes: Sequence[int | None]) -> list[Score]:
    """Each score for the class that its model sees, where that is one of its outputs."""
    return [g if c is None or c >= g.model.outputs else g.retargeted(c) for g, c in zip(scores, classes, strict=True)]
