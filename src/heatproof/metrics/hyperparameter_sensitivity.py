"""Hyper-parameter sensitivity: is the map the same when the method's own settings are a little different?"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from torch import Tensor

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.comparison import Comparison, Values
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.explain import Explain
from heatproof.vocabulary.grids import grids
from heatproof.vocabulary.likeness import FLOOR, Pictures, attempt, average, floor_curve, shown
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, SimilarityChoice, Top
from heatproof.vocabulary.similarity import Similarity

BANSAL = Paper(
    "Bansal, Naman and Agarwal, Chirag and Nguyen, Anh",
    "SAM: The Sensitivity of Attribution Methods to Hyperparameters",
    2020,
    "CVPR",
    "arXiv:2003.08754",
)


@metric(
    family="robustness",
    better="higher",
    bounds=(-1.0, 1.0),
    invariant_to=("scale",),
    paper=BANSAL,
    presets={"sam": {"pairs": "default", "similarity": "ssim"}},
    version=2,
    pictures=True,
)
async def hyperparameter_sensitivity(
    f: Score,
    phi: Tensor,
    explain: Explain,
    *,
    setting: Annotated[
        str | None, About("name of a setting of the method, or seed; every number that it is set to when left out")
    ] = None,
    values: Annotated[
        Sequence[Any] | None, About("what the setting is set to; half and double, or every other choice when left out")
    ] = None,
    pairs: Annotated[
        Literal["default", "all"],
        About("default: each value against the method as it is set; all: every two of these values"),
    ] = "default",
    similarity: SimilarityChoice = "ssim",
    top: Top = 0.1,
) -> Reading:
    """mean over pairs of values of a setting, then over settings, of the similarity of the two maps: 1 = insensitive.

    Every similarity is given for every value, with its noise floor: phi against itself, made with other noise.
    """
    alike = shown(similarity, top)
    mine = Comparison(f.image, phi, alike)
    means: list[float | None] = []
    curves: dict[str, Curve] = {}
    pictures: dict[str, Tensor] = {}
    for grid in grids(explain, setting, values, f.image.seed):
        maps = await together(attempt(make) for make in grid.makers(explain, f))
        if f.pictured:
            called = Pictures({i: [f"{grid.setting} {value}"] for i, value in enumerate(grid.others)})
            called.take(0, maps)
            pictures |= called
        rows = [mine.with_each(maps), *(_others(f, maps, alike) if pairs == "all" else [])]
        for name in alike:
            table = [row[name] for row in rows]
            own, *each = _means_of_pairs(table) if pairs == "all" else [None, *table[0]]
            curves[grid.setting if name == similarity else f"{grid.setting} {name}"] = grid.curve(own, each, name)
        means.append(average(v for row in rows for v in row[similarity]))
    again = mine.with_each([await attempt(partial(explain, f.reseeded(f.image.seed + 1)))])
    value = average(means)
    if value is None:
        raise Undefined("the map is constant, or is so under every other setting")
    return Reading(value, {**curves, FLOOR: floor_curve({name: found[0] for name, found in again.items()})}, pictures)


def _others(f: Score, maps: Sequence[Tensor | None], alike: Mapping[str, Similarity]) -> list[Mapping[str, Values]]:
    """For each map, how alike it is to each later one, by similarity."""
    found: list[Mapping[str, Values]] = []
    for i, m in enumerate(maps[:-1]):
        later = maps[i + 1 :]
        none: Values = [None] * len(later)
        found.append(dict.fromkeys(alike, none) if m is None else Comparison(f.image, m, alike).with_each(later))
    return found


def _means_of_pairs(table: Sequence[Values]) -> Values:
    """For each of the values, the mean over its pairs; row i of the table holds pairs (i, i + 1), (i, i + 2)..."""
    count = len(table) + 1
    pairs = {(i, i + 1 + k): v for i, row in enumerate(table) for k, v in enumerate(row)}
    return [average(v for pair, v in pairs.items() if i in pair) for i in range(count)]
