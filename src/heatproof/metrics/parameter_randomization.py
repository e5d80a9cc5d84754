"""Parameter randomization: does the map change when the model forgets what it has learned?"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import Annotated, Literal

from torch import Tensor

from heatproof.vocabulary.comparison import EQUAL, Values
from heatproof.vocabulary.edits import Randomized
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.explain import Explain
from heatproof.vocabulary.likeness import FLOOR, Pictures, average, floor_curve, likeness, shown
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.seen import kept, retargeted, seen_classes
from heatproof.vocabulary.settings import About, Draws, Explained, SimilarityChoice, Stages, Top
from heatproof.vocabulary.stages import Layers, cascading, grouped

ADEBAYO = Paper(
    "Adebayo, Julius and Gilmer, Justin and Muelly, Michael and Goodfellow, Ian and Hardt, Moritz and Kim, Been",
    "Sanity Checks for Saliency Maps",
    2018,
    "NeurIPS",
    "arXiv:1810.03292",
)
STAGE = {"cascading": "randomized down to", "independent": "randomized", "full": "randomized"}


@metric(
    family="randomization",
    better="lower",
    bounds=(-1.0, 1.0),
    invariant_to=("scale",),
    paper=ADEBAYO,
    presets={
        "sanity_checks": {"order": "both", "stages": "all", "explained": "new"},
        "attribench2024": {"order": "full", "batch_norm": "reset"},
    },
    pictures=True,
    version=2,
)
async def parameter_randomization(
    f: Score,
    phi: Tensor,
    explain: Explain,
    *,
    order: Annotated[
        Literal["both", "cascading", "independent", "full"],
        About("cascading: stages from the output down, one after the other; independent: one at a time; full: all"),
    ] = "both",
    stages: Stages = 4,
    similarity: SimilarityChoice = "spearman",
    batch_norm: Annotated[
        Literal["keep", "reset"], About("running means and variances of batch norms: kept, or reset to 0 and 1")
    ] = "keep",
    explained: Explained = "original",
    draws: Draws = 1,
    draw: Annotated[int, About("which random weights are the first", 0)] = 0,
    top: Top = 0.1,
) -> Reading:
    """mean over stages and draws of the similarity of phi and the map after the weights were drawn anew.

    With order both, the value is that of the cascade. Every similarity is given for every stage, with its noise
    floor (phi against itself, made with other noise) and the share of pixels that are equal in both maps.
    """
    plan = _plan(f.model.layers, stages, order)
    changed = list(dict.fromkeys(layers for stage in plan.values() for layers in stage))
    edits = [Randomized(layers, draw + d, batch_norm) for layers, d in product(changed, range(draws))]
    scores = [f.edited(edit) for edit in edits]
    same_class: Values = []
    if explained == "new":
        classes = await seen_classes(scores)
        scores, same_class = retargeted(scores, classes), kept(f, classes)
    makers = [partial(explain, g) for g in (f.reseeded(f.image.seed + 1), *scores)]
    pictures = Pictures(_names(plan, changed, draws))
    values = await likeness(f, phi, makers, shown(similarity, top), pictures)
    after = {name: _by_layers(found[1:], changed, draws) for name, found in values.items()}
    if same_class:
        after["same class"] = _by_layers(same_class, changed, draws)
    curves = _curves(plan, after)
    curves[FLOOR] = floor_curve({name: found[0] for name, found in values.items()})
    value = average(after[similarity][layers] for layers in next(iter(plan.values())))
    if value is None:
        raise Undefined("the map is constant, or is so on every randomized model")
    return Reading(value, curves, pictures)


def _plan(layers: Layers, stages: int | Literal["all"], order: str) -> dict[str, list[Layers]]:
    """By order: the layers that are randomized at each stage."""
    groups = grouped(layers, stages)
    every = {"cascading": cascading(groups), "independent": groups, "full": [tuple(layers)]}
    return {o: every[o] for o in (("cascading", "independent") if order == "both" else (order,))}


def _names(plan: Mapping[str, list[Layers]], changed: Sequence[Layers], draws: int) -> dict[int, list[str]]:
    """What the map of each maker is called, the first being that of the noise floor: the first draw of each stage."""
    names: dict[int, list[str]] = {}
    for o, stages in plan.items():
        for layers in stages:
            called = f"{o} {layers[-1]}" if o != "full" else "full"
            names.setdefault(1 + changed.index(layers) * draws, []).append(called)
    return names


def _by_layers(found: Values, changed: Sequence[Layers], draws: int) -> dict[Layers, float | None]:
    """The mean over draws for each set of layers."""
    return {layers: average(found[i * draws : (i + 1) * draws]) for i, layers in enumerate(changed)}


def _curves(plan: Mapping[str, list[Layers]], after: Mapping[str, Mapping[Layers, float | None]]) -> dict[str, Curve]:
    curves = {}
    for (o, stages), (name, values) in product(plan.items(), after.items()):
        # A stage is called after the lowest layer that it changes.
        names = tuple(layers[-1] for layers in stages) if o != "full" else ("all layers",)
        label = "share of pixels" if name == EQUAL else name
        x = range(1, len(stages) + 1)
        curves[f"{o} {name}"] = Curve([values[layers] for layers in stages], x, STAGE[o], label, names)
    return curves
