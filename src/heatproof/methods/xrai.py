"""XRAI: whole regions of the image, ranked by the density of integrated gradients inside."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from heatproof.methods.integrated_gradients import integrated_gradients
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.regions import AREA, covering
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Rule, Share, Steps

CUT = {"channels": "max", "side": 224, "dilation": 5.0, "smallest": 50}


@method(
    family="perturbation",
    axioms=("implementation invariance",),
    paper=Paper(
        "Kapishnikov, Andrei and Bolukbasi, Tolga and Viégas, Fernanda and Terry, Michael",
        "XRAI: Better Attributions Through Regions",
        2019,
        "ICCV",
        "arXiv:1906.02825",
    ),
    presets={
        "pair": CUT | {"baselines": "extremes", "steps": 100, "rule": "endpoints"},
        "attribench2024": CUT | {"baselines": ("zero",), "steps": 25},
    },
)
async def xrai(
    f: Score,
    *,
    baselines: Annotated[
        Sequence[Any] | Literal["extremes"],
        About("what an absent value is, one path for each; extremes: the smallest and the largest value of the image"),
    ] = (0.0, 1.0),
    steps: Steps = 50,
    rule: Rule = "gauss-legendre",
    channels: Annotated[Literal["sum", "max"], About("what a pixel gets of its channels")] = "sum",
    order: Annotated[
        Literal["full", "fast"],
        About("full: regions are compared by what they would add; fast: by the whole of them, once"),
    ] = "full",
    area: Share = 1.0,
    dilation: Annotated[
        float | None,
        About("pixels by which regions grow; left out, 5 of a side of 224, and 1 at least", 0.0, 1e3),
    ] = None,
    smallest: Annotated[
        int | None, About("pixels that a region has to add; left out, 50 on 224 x 224 pixels, and in proportion", 0)
    ] = None,
    side: Annotated[int | None, About("side of the copy that is cut; left out, the image itself", 8, 4096)] = None,
) -> Tensor:
    """phi_i = mean of A over s - M for the region s that adds i to M; s = argmax of that mean; A: integrated gradients.

    The regions are those of Felzenszwalb's segmentation at six scales, and A is averaged over the baselines.
    """
    x = f.image.x
    ends = (float(x.min()), float(x.max())) if isinstance(baselines, str) else tuple(baselines)
    paths = await together(integrated_gradients(f, baseline=b, steps=steps, rule=rule) for b in ends)
    a = torch.stack(paths).double().mean(0)
    share = x.shape[1] * x.shape[2] / AREA
    phi = covering(
        f.image,
        a.sum(0) if channels == "sum" else a.amax(0),
        dilation=max(1.0, 5 * share**0.5) if dilation is None else dilation,
        side=side,
        smallest=50 * share if smallest is None else smallest,
        area=area,
        order=order,
    )
    return phi.to(x).expand_as(x)
