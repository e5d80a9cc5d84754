"""LIME: a linear surrogate of the score around the image, in terms of which of its segments are there."""

from typing import Annotated, Any, Literal, NamedTuple

import torch
from torch import Tensor

from heatproof.vocabulary.coalitions import AllCoalitions, Halves
from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.games import play
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.regression import Surrogate, fitted
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import (
    Compactness,
    Segmentation,
    SegmentFill,
    Segments,
    Smoothing,
    Spread,
    Superpixels,
    fill_of_segments,
    segmented,
)
from heatproof.vocabulary.settings import About, LinkChoice, Samples

Distance = Literal["cosine", "euclidean", "rms", "none"]
WIDER = 2**0.5
"""The paper weighs by exp(-d^2 / width^2), programs by exp(-d^2 / (2 width^2)): their width times this is ours."""
CAPTUM: dict[str, Any] = {"space": "pixels", "surrogate": "lasso", "alpha": 0.01, "original": False}
ATTRIBENCH = CAPTUM | {"algorithm": "slic", "n": 300, "baseline": "zero"}
PACKAGE: dict[str, Any] = {"n": 1000, "width": 0.25 * WIDER, "link": "probability"}


@method(
    family="perturbation",
    axioms=("linearity", "implementation invariance"),
    paper=Paper(
        "Ribeiro, Marco Tulio and Singh, Sameer and Guestrin, Carlos",
        "“Why Should I Trust You?”: Explaining the Predictions of Any Classifier",
        2016,
        "KDD",
        "doi:10.1145/2939672.2939778",
    ),
    presets={
        "lime": PACKAGE | {"algorithm": "quickshift", "baseline": "segment_mean"},
        "sam": PACKAGE | {"algorithm": "slic", "compactness": 30.0, "smoothing": 3.0, "baseline": "black"},
        "captum": CAPTUM | {"n": 25, "width": WIDER},
        "attribench2022": ATTRIBENCH | {"distance": "rms", "width": 0.75 * WIDER},
        "attribench2024": ATTRIBENCH | {"width": 0.25 * WIDER},
    },
)
async def lime(
    f: Score,
    *,
    segments: Segmentation = 50,
    algorithm: Superpixels = "slico",
    compactness: Compactness = 10.0,
    smoothing: Smoothing = 0.0,
    n: Samples = 300,
    baseline: SegmentFill = 0.0,
    distance: Annotated[
        Distance, About("d, of a sample from the image; rms: Euclidean over the root of the dimension; none: 0")
    ] = "cosine",
    space: Annotated[
        Literal["segments", "pixels"], About("where d is measured: on z, or on what the model's normalisation makes")
    ] = "segments",
    width: Annotated[float, About("width of the kernel", 1e-6, 1e6)] = 0.25,
    surrogate: Surrogate = "ridge",
    alpha: Annotated[float, About("weight of the penalty of the surrogate", 0.0, 1e9)] = 1.0,
    original: Annotated[bool, About("the image itself is one of the n samples")] = True,
    spread: Spread = "copied",
    link: LinkChoice = "logit",
) -> Tensor:
    """argmin_c sum_z exp(-d(z)^2 / width^2) (f(x_z) - b - c.z)^2 + alpha |c|^2, z ~ Bernoulli(1/2)^m.

    x_z keeps the segments with z = 1; a pixel gets the coefficient c of its segment. Where there are no more than
    n vectors z, each is taken once.
    """
    cut = segmented(f.image, segments, algorithm, compactness, smoothing)
    every = 2**cut.count <= n
    recipe = AllCoalitions(cut) if every else Halves(f.image, cut, n - original)
    z, y = await play(f.linked_by(link), recipe, baseline, whole=original or every, nothing=every)
    d = _distances(distance, z, _in_pixels(f.image, cut, baseline) if space == "pixels" else _in_segments(cut.count))
    c = fitted(surrogate, z, y, torch.exp(-((d / width) ** 2)), alpha)
    return cut.spread(c, spread, f.image.x)


class Products(NamedTuple):
    """Inner products of what each segment holds in the image x and in the baseline b: (m,) float64."""

    xx: Tensor
    xb: Tensor
    bb: Tensor
    dimension: int


def _in_segments(m: int) -> Products:
    """Of the vectors z themselves: every segment holds 1, or 0."""
    one = torch.ones(m, dtype=torch.float64)
    return Products(one, 0 * one, 0 * one, m)


def _in_pixels(image: Image, cut: Segments, baseline: SegmentFill) -> Products:
    """Of pixels as the model sees them after its own normalisation."""
    zero, unit = image.zero.to(image.x), image.unit.to(image.x)
    fill = fill_for(image, fill_of_segments(image, cut, baseline)).pixels
    x, b = ((pixels.double() - zero) / unit for pixels in (image.x, fill))
    return Products(cut.sums(x * x).cpu(), cut.sums(x * b).cpu(), cut.sums(b * b).cpu(), x.numel())


def _distances(kind: Distance, z: Tensor, of: Products) -> Tensor:
    """Distances (n,) from x of the points that hold x where z is 1, and b where it is 0."""
    gone = 1 - z
    if kind == "cosine":
        lengths = ((z @ of.xx + gone @ of.bb) * of.xx.sum()).sqrt()
        return 1 - torch.where(lengths > 0, (z @ of.xx + gone @ of.xb) / lengths, 0.0)
    if kind == "none":
        return torch.zeros(len(z), dtype=torch.float64)
    far = (gone @ (of.xx - 2 * of.xb + of.bb).clamp_min(0)).sqrt()
    return far / of.dimension**0.5 if kind == "rms" else far
