"""Minimal subset: how few pixels have to go until the prediction is lost, or to come back until it is there again?"""

from collections.abc import Iterator
from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.rehearsal import made_up_in_rehearsal
from heatproof.vocabulary.removal import Parts, StepsOfCurve, without
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Segmentation
from heatproof.vocabulary.settings import About, Removal, Sign
from heatproof.vocabulary.units import Pool, Region, Unit

PRESETS = {"attribench2022": {"fill": "zero"}, "attribench2024": {"fill": "zero"}}
GEVAERT = Paper(
    "Gevaert, Arne and Rousseau, Axel-Jan and Becker, Thijs and Valkenborg, Dirk and De Bie, Tijl and Saeys, Yvan",
    "Evaluating Feature Attribution Methods in the Image Domain",
    2024,
    "Machine Learning",
    "doi:10.1007/s10994-024-06550-x",
)


@metric(
    family="faithfulness",
    better="lower",
    invariant_to=("scale", "order"),
    stops_early=True,
    paper=GEVAERT,
    presets=PRESETS,
)
async def minimal_subset(
    f: Score,
    phi: Tensor,
    *,
    mode: Annotated[
        Literal["deletion", "insertion"],
        About("deletion: until the class is not predicted any more; insertion: until it is predicted again"),
    ] = "deletion",
    steps: StepsOfCurve = 100,
    unit: Unit = "pixel",
    segments: Segmentation = 100,
    region: Region = 8,
    pool: Pool = "mean",
    sign: Sign = "signed",
    fill: Removal = "black",
) -> float:
    """min k: f's class is not predicted without (or is predicted with) the k most relevant pixels; all where none is.

    k goes in steps of floor(pixels / steps). The class is predicted where its output is above all others.
    """
    g = f.linked_by("margin")
    least_first = mode == "insertion"
    sets = Parts(fill, unit, segments, region, pool, sign).ranked(f.image, phi, least_first=least_first)
    if not _predicted(await g(f.x)):
        raise Undefined("the map explains a class that is not the predicted one")
    n = sets.units
    step = max(1, n // steps) if steps else 1
    for block in _blocks(range(0 if least_first else step, n + 1, step)):
        margins = await without(g, sets, [n - k if least_first else k for k in block], fill)
        first = _first(margins > 0 if least_first else margins <= 0)
        if first >= 0:
            return float(block[first])
    return float(n)


def _blocks(counts: range) -> Iterator[range]:
    """The first 8, the next 16, the next 32: an early answer costs little, and a late one few rounds."""
    size = 8
    while counts:
        yield counts[:size]
        counts, size = counts[size:], 2 * size


# The plan counts every block: how early a map gets there is known only from the answers.
@made_up_in_rehearsal(True)
def _predicted(margin: Tensor) -> bool:
    return bool(margin[0] > 0)


@made_up_in_rehearsal(-1)
def _first(there: Tensor) -> int:
    """Index of the first True, -1 without any."""
    return int(torch.nonzero(there)[0]) if there.any() else -1
