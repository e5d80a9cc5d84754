"""Kernel SHAP: the Shapley values of an image's segments, by a regression on which of them are there."""

from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.coalitions import AllCoalitions, ShapleyCoalitions
from heatproof.vocabulary.games import play
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.regression import adding_up, fitted
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import (
    Compactness,
    Segmentation,
    SegmentFill,
    Smoothing,
    Spread,
    Superpixels,
    segmented,
)
from heatproof.vocabulary.settings import About, LinkChoice, Samples

HEAVY = 1e6
"""Weight of the image and the baseline, against 1, where they are samples like others."""
CAPTUM: dict[str, Any] = {"paired": False, "ends": "weighted", "spread": "copied"}


@method(
    family="perturbation",
    axioms=("linearity", "implementation invariance"),
    complete=True,
    paper=Paper(
        "Lundberg, Scott M. and Lee, Su-In",
        "A Unified Approach to Interpreting Model Predictions",
        2017,
        "NeurIPS",
        "arXiv:1705.07874",
    ),
    presets={
        "captum": CAPTUM | {"n": 25},
        "attribench2022": CAPTUM | {"baseline": "zero"},
        "attribench2024": CAPTUM | {"baseline": "zero"},
    },
)
async def kernel_shap(
    f: Score,
    *,
    segments: Segmentation = 50,
    algorithm: Superpixels = "slico",
    compactness: Compactness = 10.0,
    smoothing: Smoothing = 0.0,
    n: Samples = 300,
    baseline: SegmentFill = 0.0,
    paired: Annotated[bool, About("every random coalition is followed by its complement")] = True,
    ends: Annotated[
        Literal["exact", "weighted"],
        About("exact: c sums to f(x) - f(b); weighted: nearly so, x and b are samples of weight 1,000,000"),
    ] = "exact",
    spread: Spread = "even",
    link: LinkChoice = "logit",
) -> Tensor:
    """argmin_c sum_z pi(z) (f(x_z) - f(b) - c.z)^2, c.1 = f(x) - f(b); pi(z) = (m - 1) / (C(m, s) s (m - s)), s = |z|.

    x_z keeps the segments with z = 1 and takes the others from b. The image and the baseline are two of the n samples,
    the others are drawn as pi says. Where there are no more than n coalitions, each is taken once: then c are the
    Shapley values.
    """
    cut = segmented(f.image, segments, algorithm, compactness, smoothing)
    every = 2**cut.count <= n
    recipe = AllCoalitions(cut) if every else ShapleyCoalitions(f.image, cut, max(n - 2, 0), paired)
    z, y = await play(f.linked_by(link), recipe, baseline, whole=True, nothing=True)
    w = _kernel(z) if every else torch.ones(len(z), dtype=torch.float64)
    if ends == "exact":
        c = adding_up(z[1:-1], y[1:-1] - y[-1], w[1:-1], float(y[0] - y[-1]))
    else:
        w[0] = w[-1] = HEAVY
        c = fitted("least_squares", z, y, w)
    return cut.spread(c, spread, f.image.x)


def _kernel(z: Tensor) -> Tensor:
    """pi (n,) of every coalition, up to a factor; 0 for the full and the empty one."""
    m, s = z.shape[1], z.sum(1)
    binomials = torch.lgamma(s + 1) + torch.lgamma(m - s + 1)  # -log C(m, s), up to a constant
    pi = torch.exp(binomials - binomials.max()) / (s * (m - s))
    return torch.where((s > 0) & (s < m), pi, 0.0)
