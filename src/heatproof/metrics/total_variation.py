"""Total variation: how noisy the map is, at its own scale and at coarser ones."""

from typing import Annotated, Literal

from torch import Tensor

from heatproof.vocabulary.areas import Area
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.settings import About
from heatproof.vocabulary.similarity import heat
from heatproof.vocabulary.variation import over_scales, pyramid, variation

GOH = Paper(
    "Goh, Gary S. W. and Lapuschkin, Sebastian and Weber, Leander and Samek, Wojciech and Binder, Alexander",
    "Understanding Integrated Gradients with SmoothTaylor for Deep Neural Network Attribution",
    2021,
    "ICPR",
    "doi:10.1109/ICPR48806.2021.9413242",
)


@metric(
    family="complexity",
    better="lower",
    invariant_to=("scale",),
    paper=GOH,
    presets={
        "smooth_taylor": {
            "norm": 1,
            "percentile": 99.0,
            "scales": "pyramid",
            "downscale": 1.5,
            "smallest": 30,
            "rule": "simpson",
        }
    },
    version=2,
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
    rule: Area = "simpson",
) -> Reading:
    """Area over scales of (|dx phi|_p + |dy phi|_p) / pixels, |phi| scaled to [0, 1] by min and percentile.

    A map too small for a second level (a shorter side below `downscale * smallest`: digits) has one scale, and its
    value there is the result.
    """
    levels = [heat(phi)] if scales == "one" else pyramid(heat(phi), downscale, smallest)
    values = [variation(level, norm, percentile) for level in levels]
    sizes = [float(min(level.shape)) for level in levels]
    return Reading(
        over_scales(values, rule),
        {"scales": Curve(values, sizes, "shorter side of the map, pixels", "total variation")},
    )
