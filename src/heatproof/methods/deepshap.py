"""DeepSHAP: DeepLIFT, averaged over other images of the data as baselines."""

import torch
from torch import Tensor

from heatproof.vocabulary.edits import Rescale
from heatproof.vocabulary.pairs import Paired, gap
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.references import named
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.rng import stream
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import LinkChoice, Samples


@method(
    family="modified backward",
    complete=True,
    axioms=("linearity", "dummy"),
    needs=("rescale rule",),
    presets={"attribench2022": {"n": 100}, "attribench2024": {"n": 100}},
    paper=Paper(
        "Lundberg, Scott M. and Lee, Su-In",
        "A Unified Approach to Interpreting Model Predictions",
        2017,
        "NeurIPS",
        "arXiv:1705.07874",
    ),
)
async def deepshap(f: Score, reference: Tensor, *, n: Samples = 100, link: LinkChoice = "logit") -> Tensor:
    """E[(x - r) * m(x, r)] over n images r of the data, m as in DeepLIFT: the map sums to f(x) - E[f(r)].

    The images are drawn without replacement; all of them are taken where there are not more than n. Each costs one
    forward more than a gradient.
    """
    image = f.image
    order = torch.randperm(len(reference), generator=stream(image.seed, image.id, "references")).tolist()
    pairs = Paired(image, reference, tuple(order[:n]), (named(reference), image.seed))
    return await f.linked_by(link).edited(Rescale()).grad(pairs).mean(lambda m, z: gap(z) * m)
