"""Model noise: does the map change as the weights of the model are disturbed more and more?"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product
from typing import Annotated, Literal

from torch import Tensor

from heatproof.metrics.parameter_randomization import ADEBAYO
from heatproof.vocabulary.comparison import Values
from heatproof.vocabulary.edits import Noised
from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.explain import Explain
from heatproof.vocabulary.likeness import FLOOR, Pictures, average, floor_curve, likeness
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.seen import kept, retargeted, seen_classes
from heatproof.vocabulary.settings import About, Draws, Explained, SimilarityChoice, Stages, Top
from heatproof.vocabulary.similarity import similarity as similarity_of
from heatproof.vocabulary.stages import Layers, cascading, grouped

Point = tuple[float, Layers]
"""Sigma, and the layers that are disturbed."""


@metric(
    family="randomization",
    better="lower",
    bounds=(-1.0, 1.0),
    invariant_to=("scale",),
    paper=ADEBAYO,
    presets={
        "sanity_checks": {"sigma": [0.1, 0.2, 0.3], "relative": False, "stages": "all", "explained": "new"},
    },
    pictures=True,
)
async def model_noise(
    f: Score,
    phi: Tensor,
    explain: Explain,
    *,
    sigma: Annotated[float | Sequence[float], About("standard deviation of the noise, or several of them")] = (
        0.1,
        0.3,
        1.0,
    ),
    relative: Annotated[bool, About("sigma is a share of the standard deviation of each tensor of weights")] = True,
    order: Annotated[
        Literal["cascading", "independent", "all"],
        About("cascading: stages from the output down, one after the other; independent: one at a time; all: at once"),
    ] = "cascading",
    stages: Stages = 4,
    similarity: SimilarityChoice = "spearman",
    explained: Explained = "original",
    draws: Draws = 1,
    draw: Annotated[int, About("which noise is the first", 0)] = 0,
    top: Top = 0.1,
) -> Reading:
    """mean over sigmas, stages and draws of the similarity of phi and the map under weights w + N(0, sigma^2).

    Weights and biases are disturbed; a draw is the same noise at every sigma and stage. Beside the similarity, it is
    given how often the model still sees the explained class, and the noise floor: phi against itself, made again.
    """
    sigmas = _sigmas(sigma)
    groups = grouped(f.model.layers, stages)
    depths = {"cascading": cascading(groups), "independent": groups, "all": [tuple(f.model.layers)]}[order]
    points: list[Point] = list(product(sigmas, depths))
    scores = [f.edited(Noised(layers, s, relative, draw + d)) for (s, layers), d in product(points, range(draws))]
    classes = await seen_classes(scores)
    if explained == "new":
        scores = retargeted(scores, classes)
    makers = [partial(explain, g) for g in (f.reseeded(f.image.seed + 1), *scores)]
    pictures = Pictures({1 + i * draws: [f"sigma {s:g} {layers[-1]}"] for i, (s, layers) in enumerate(points)})
    found = (await likeness(f, phi, makers, {similarity: similarity_of(similarity, top)}, pictures))[similarity]
    after = _by_point(found[1:], points, draws)
    value = average(after.values())
    if value is None:
        raise Undefined("the map is constant, or is so on every disturbed model")
    curves = _curves(after, similarity, sigmas, depths) | _curves(
        _by_point(kept(f, classes), points, draws), "same class", sigmas, depths
    )
    return Reading(value, {**curves, FLOOR: floor_curve({similarity: found[0]})}, pictures)


def _sigmas(given: float | Sequence[float]) -> list[float]:
    """In rising order, each once."""
    listed = list(given) if isinstance(given, Sequence) else [given]
    numbers = [s for s in listed if isinstance(s, int | float) and not isinstance(s, bool) and 0 <= s < float("inf")]
    if not listed or len(numbers) < len(listed):
        raise problem("HP105", setting="sigma", value=repr(given), valid="a number from 0, or a list of them")
    return sorted({float(s) for s in numbers})


def _by_point(found: Values, points: Sequence[Point], draws: int) -> dict[Point, float | None]:
    """The mean over draws."""
    return {point: average(found[i * draws : (i + 1) * draws]) for i, point in enumerate(points)}


def _curves(
    after: Mapping[Point, float | None], name: str, sigmas: Sequence[float], depths: Sequence[Layers]
) -> dict[str, Curve]:
    """Over the stages for each sigma; over the sigmas where there is one stage."""
    if len(depths) == 1:
        return {name: Curve([after[s, depths[0]] for s in sigmas], sigmas, "sigma", name)}
    names, x = tuple(layers[-1] for layers in depths), range(1, len(depths) + 1)
    return {
        f"{name}, sigma {s:g}": Curve([after[s, layers] for layers in depths], x, "disturbed", name, names)
        for s in sigmas
    }
