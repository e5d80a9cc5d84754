"""Parameter randomization: does the map change when the model forgets what it has learned?"""

from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.edits import Randomized
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About
from heatproof.vocabulary.similarity import Map, Similarity, absolute_spearman, heat, hog, spearman, ssim

Explain = Callable[[Score], Coroutine[Any, Any, Tensor]]
SIMILARITIES = {"spearman": spearman, "absolute spearman": absolute_spearman, "ssim": ssim, "hog": hog}


@metric(
    family="randomization",
    better="lower",
    bounds=(-1.0, 1.0),
    invariant_to=("scale",),
    paper=Paper(
        "Adebayo, Julius and Gilmer, Justin and Muelly, Michael and Goodfellow, Ian and Hardt, Moritz and Kim, Been",
        "Sanity Checks for Saliency Maps",
        2018,
        "NeurIPS",
        "arXiv:1810.03292",
    ),
)
async def parameter_randomization(
    f: Score,
    phi: Tensor,
    explain: Explain,
    *,
    order: Annotated[
        Literal["both", "cascading", "independent"],
        About("cascading: layers from the output down, one stage after the other; independent: one stage at a time"),
    ] = "both",
    stages: Annotated[int, About("groups of about equally many layers that are randomized together", 1, 10_000)] = 4,
    draw: Annotated[int, About("which random weights", 0)] = 0,
) -> Reading:
    """mean over stages of the Spearman correlation of phi with the map after the weights were drawn anew.

    The explained class stays the same; running statistics of batch norms are kept. Beside the value, every
    similarity is given for every stage, with its noise floor: phi against itself, computed with other noise.
    """
    groups = _groups(f.model.layers, stages)
    names = tuple(group[0] for group in groups)
    orders = ("cascading", "independent") if order == "both" else (order,)
    edits = {o: [_edit(groups, k, o, draw) for k in range(len(groups))] for o in orders}
    distinct = list(dict.fromkeys(edit for o in orders for edit in edits[o]))
    scores = [f.reseeded(f.image.seed + 1), *(f.edited(edit) for edit in distinct)]
    again, *maps = await together(_attempt(explain, g) for g in scores)
    curves: dict[str, Curve] = {}
    floor: list[float | None] = []
    for name, similarity in SIMILARITIES.items():
        noise, *found = _alike(similarity, phi, [again, *maps])
        after = dict(zip(distinct, found, strict=True))
        floor.append(noise)
        for o in orders:
            y = [after[edit] for edit in edits[o]]
            curves[f"{o} {name}"] = Curve(y, range(1, len(y) + 1), "randomized down to", name, names)
    shown = tuple(SIMILARITIES)
    curves["noise floor"] = Curve(floor, range(len(shown)), "similarity", "phi against itself", shown)
    kept = [y for y in curves[f"{orders[0]} spearman"].y if y is not None]
    if not kept:
        raise Undefined("the map is constant, or is so on every randomized model")
    return Reading(float(torch.tensor(kept, dtype=torch.float64).mean()), curves)


def _groups(layers: tuple[str, ...], stages: int) -> list[tuple[str, ...]]:
    """Consecutive groups of layers from the output down, their sizes differing by one at most."""
    stages = min(stages, len(layers))
    if not stages:
        raise Undefined("the model has no layer with weights")
    bounds = [round(k * len(layers) / stages) for k in range(stages + 1)]
    return [layers[a:b] for a, b in pairwise(bounds)]


def _edit(groups: list[tuple[str, ...]], k: int, order: str, draw: int) -> Randomized:
    chosen = groups[: k + 1] if order == "cascading" else groups[k : k + 1]
    return Randomized(tuple(name for group in chosen for name in group), draw)


async def _attempt(explain: Explain, f: Score) -> Tensor | None:
    try:
        return await explain(f)
    except Undefined:
        return None


def _alike(similarity: Similarity, phi: Tensor, others: list[Tensor | None]) -> list[float | None]:
    """How alike phi and each of the others are; None where there is no value."""
    views = [_view(similarity, m) for m in [phi, *others]]
    found: list[float | None] = []
    for view in views[1:]:
        try:
            found.append(None if views[0] is None or view is None else similarity.compare(views[0], view))
        except Undefined:
            found.append(None)
    return found


def _view(similarity: Similarity, phi: Tensor | None) -> Map | None:
    try:
        return None if phi is None else similarity.view(heat(phi))
    except Undefined:
        return None
