"""Total variation: how noisy the map is, at its own scale and at coarser ones."""

import itertools
import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import simpson
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.settings import About
from heatproof.vocabulary.similarity import heat

Map = NDArray[np.float64]


@metric(
    family="complexity",
    better="lower",
    invariant_to=("scale",),
    paper=Paper(
        "Goh, Gary S. W. and Lapuschkin, Sebastian and Weber, Leander and Samek, Wojciech and Binder, Alexander",
        "Understanding Integrated Gradients with SmoothTaylor for Deep Neural Network Attribution",
        2021,
        "ICPR",
        "doi:10.1109/ICPR48806.2021.9413242",
    ),
)
def total_variation(
    phi: Tensor,
    *,
    norm: Annotated[int, About("p of the p-norm of the differences", 1, 100)] = 1,
    percentile: Annotated[float, About("where |phi| is cut off before it is scaled to [0, 1]", 0.1, 100.0)] = 99.0,
    scales: Annotated[
        Literal["pyramid", "one"], About("pyramid: area over coarser and coarser copies of the map (AUTVC); one: ATV")
    ] = "pyramid",
    downscale: Annotated[float, About("factor between two levels of the pyramid", 1.01, 16.0)] = 1.5,
    smallest: Annotated[int, About("shorter side of the last level, pixels", 2, 100_000)] = 30,
    rule: Annotated[Literal["simpson", "trapezoid"], About("quadrature over the levels")] = "simpson",
) -> Reading:
    """Area over scales of (|dx phi|_p + |dy phi|_p) / pixels, |phi| scaled to [0, 1] by min and percentile.

    A map too small for a second level (below `smallest`) has one scale, and its value there is the result.
    """
    levels = [heat(phi)] if scales == "one" else _pyramid(heat(phi), downscale, smallest)
    values = [_variation(level, norm, percentile) for level in levels]
    total = values[0] if len(values) == 1 else _area(values, rule)
    sizes = [float(min(level.shape)) for level in levels]
    return Reading(total, {"scales": Curve(values, sizes, "shorter side of the map, pixels", "total variation")})


def _area(values: list[float], rule: str) -> float:
    return float(simpson(values) if rule == "simpson" else np.trapezoid(values))


def _pyramid(m: Map, downscale: float, smallest: int) -> list[Map]:
    from skimage.transform import pyramid_gaussian

    levels, side = [m], math.ceil(min(m.shape) / downscale)
    if side < smallest:
        return levels
    for level in itertools.islice(pyramid_gaussian(m, downscale=downscale), 1, None):
        if min(level.shape) < smallest:
            break
        levels.append(level)
    return levels


def _variation(m: Map, norm: int, percentile: float) -> float:
    a = np.abs(m)
    low, high = a.min(), np.percentile(a, percentile)
    if not high > low:
        raise Undefined("the map is constant up to its percentile")
    a = np.clip((a - low) / (high - low), 0, 1)
    across, down = np.abs(np.diff(a, axis=1)), np.abs(np.diff(a, axis=0))
    lengths = [(d**norm).sum() ** (1 / norm) for d in (across, down)]
    return float(sum(lengths) / a.size)
