"""Max-sensitivity: how far the map moves when the image hardly does."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from heatproof.metrics.infidelity import YEH
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.points import Cloud
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About


@metric(family="robustness", better="lower", invariant_to=("scale",), paper=YEH)
async def max_sensitivity(
    f: Score,
    phi: Tensor,
    explain: Callable[[Score], Coroutine[Any, Any, Tensor]],
    *,
    radius: Annotated[float, About("largest change of a pixel value", 0.0, 1e6)] = 0.02,
    n: Annotated[int, About("number of neighbours", 1, 100_000)] = 10,
    noise: Annotated[
        Literal["shared", "fresh"],
        About("shared: the method draws the same noise at every neighbour; fresh: new noise, whose error then counts"),
    ] = "shared",
) -> float:
    """max over z, |z - x|_inf <= radius, of |phi(z) - phi(x)| / |phi(x)|, Euclidean norms."""
    size = phi.double().norm()
    if not size > 0:
        raise Undefined("a map of zeros has no relative change")
    near = Cloud(f.image, radius, n, "neighbours", "uniform")
    neighbours = [f.at(near, i) for i in range(n)]
    if noise == "fresh":
        neighbours = [g.reseeded(f.image.seed + 1 + i) for i, g in enumerate(neighbours)]
    others = await together(explain(g) for g in neighbours)
    moved = torch.stack([(other.double() - phi.double()).norm() for other in others])
    return float(moved.max() / size)
