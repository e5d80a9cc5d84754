"""Max-sensitivity: how far the map moves when the image hardly does."""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.metrics.infidelity import YEH
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.clouds import deviation
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.explain import Explain
from heatproof.vocabulary.likeness import held_maps
from heatproof.vocabulary.neighbours import neighbours
from heatproof.vocabulary.points import Cloud
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, NeighbourNoise, Scale

ORDERS = {"l1": 1.0, "l2": 2.0, "linf": math.inf}


@metric(
    family="robustness",
    better="lower",
    invariant_to=("scale",),
    paper=YEH,
    presets={
        "captum": {"radius": 0.02, "n": 10, "noise": "fresh"},
        "quantus": {"radius": 0.2, "n": 200, "noise": "fresh"},
        "attribench2024": {
            "radius": 0.1,
            "scale": "normalised",
            "n": 50,
            "noise": "fresh",
            "normalise": "largest",
        },
    },
)
async def max_sensitivity(
    f: Score,
    phi: Tensor,
    explain: Explain,
    *,
    radius: Annotated[float, About("largest change of a pixel value", 0.0, 1e6)] = 0.02,
    scale: Scale = "absolute",
    n: Annotated[int, About("number of neighbours", 1, 100_000)] = 10,
    noise: NeighbourNoise = "shared",
    normalise: Annotated[
        Literal["relative", "largest", "none"],
        About("relative: divide the change by |phi(x)|; largest: divide each map by its max |phi| first; none"),
    ] = "relative",
    norm: Annotated[Literal["l1", "l2", "linf"], About("how the size of a map, and of a change, is measured")] = "l2",
) -> float:
    """max over z, |z - x|_inf <= radius, of |phi(z) - phi(x)| / |phi(x)|."""
    size = _size(phi, "linf" if normalise == "largest" else norm)
    if not size > 0:
        raise Undefined("a map of zeros has no relative change")
    near = Cloud(f.image, deviation(f.image, radius, scale), n, "neighbours", "uniform")
    mine = phi.double() / size if normalise == "largest" else phi.double()

    async def moved(g: Score) -> float:
        other = (await explain(g)).double()
        if normalise == "largest":
            other = other / (_size(other, "linf") or 1.0)
        return _size(other - mine, norm)

    distances: list[float] = []
    at_a_time = held_maps(phi)
    for start in range(0, n, at_a_time):
        scores = neighbours(f, near, start, min(start + at_a_time, n), noise)
        distances += await together(moved(g) for g in scores)
    furthest = float(torch.tensor(distances, dtype=torch.float64).max())  # NaN where one of them is
    return furthest / size if normalise == "relative" else furthest


def _size(phi: Tensor, norm: str) -> float:
    return float(torch.linalg.vector_norm(phi.double(), ORDERS[norm]))
