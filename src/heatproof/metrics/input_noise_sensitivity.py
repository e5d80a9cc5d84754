"""Input-noise sensitivity: is the map of a noisy image the map of the image?"""

import math
from functools import partial
from typing import Annotated, Literal

from torch import Tensor

from heatproof.metrics.hyperparameter_sensitivity import BANSAL
from heatproof.vocabulary.comparison import EQUAL
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.explain import Explain
from heatproof.vocabulary.likeness import FLOOR, Pictures, average, floor_curve, likeness, shown
from heatproof.vocabulary.neighbours import Clipped, neighbours
from heatproof.vocabulary.points import Cloud, Points
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, NeighbourNoise, SimilarityChoice, Top


@metric(
    family="robustness",
    better="higher",
    bounds=(-1.0, 1.0),
    invariant_to=("scale",),
    paper=BANSAL,
    presets={"sam": {"variance": 0.1, "n": 1, "similarity": "ssim"}},
    pictures=True,
)
async def input_noise_sensitivity(
    f: Score,
    phi: Tensor,
    explain: Explain,
    *,
    variance: Annotated[float, About("variance of the noise on pixel values", 0.0, 1e6)] = 0.1,
    n: Annotated[int, About("number of noisy images", 1, 100_000)] = 5,
    clip: Annotated[
        Literal["unit", "image", "none"],
        About("noisy pixels are cut off at 0 and 1, at the smallest and largest value of the image, or not at all"),
    ] = "unit",
    similarity: SimilarityChoice = "ssim",
    noise: NeighbourNoise = "shared",
    top: Top = 0.1,
) -> Reading:
    """mean over noisy images z = clip(x + N(0, variance)) of the similarity of phi(z) and phi(x).

    The explained class stays the same. Every similarity is given for every noisy image, with its noise floor.
    """
    near = _noisy(f, variance, n, clip)
    makers = [
        partial(explain, f.reseeded(f.image.seed + 1)),
        *(partial(_at, f, explain, near, i, noise) for i in range(n)),
    ]
    pictures = Pictures({i: [f"noisy image {i}"] for i in range(1, n + 1)})
    found = await likeness(f, phi, makers, shown(similarity, top), pictures)
    values = {name: others for name, (_, *others) in found.items() if name != EQUAL}
    value = average(values[similarity])
    if value is None:
        raise Undefined("the map is constant, or is so at every noisy image")
    curves = {name: Curve(y, range(1, n + 1), "noisy image", name) for name, y in values.items()}
    curves[FLOOR] = floor_curve({name: floor for name, (floor, *_) in found.items()})
    return Reading(value, curves, pictures)


async def _at(f: Score, explain: Explain, near: Points, i: int, noise: str) -> Tensor:
    (g,) = neighbours(f, near, i, i + 1, noise)
    return await explain(g)


def _noisy(f: Score, variance: float, n: int, clip: str) -> Points:
    cloud = Cloud(f.image, math.sqrt(variance), n, "input noise")
    low, high = float(f.image.x.min()), float(f.image.x.max())
    if clip == "none":
        return cloud
    if clip == "unit" and (low < 0 or high > 1):
        raise Undefined("the image does not lie within [0, 1]: say clip: image, or clip: none")
    return Clipped(cloud, low, high) if clip == "image" else Clipped(cloud, 0.0, 1.0)
