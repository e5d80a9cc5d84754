"""Completeness: do the parts add up to the whole?"""

from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.masks import Everything
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import Baseline, LinkChoice


@metric(
    family="axiom",
    better="lower",
    paper=Paper(
        "Sundararajan, Mukund and Taly, Ankur and Yan, Qiqi",
        "Axiomatic Attribution for Deep Networks",
        2017,
        "ICML",
        "arXiv:1703.01365",
    ),
)
async def completeness(f: Score, phi: Tensor, *, baseline: Baseline = "black", link: LinkChoice = "logit") -> float:
    """|sum phi - (f(x) - f(b))| / |f(x) - f(b)|: 0 for a complete map, 1 for a map of zeros."""
    g = f.linked_by(link)
    shape = (phi.shape[1], phi.shape[2])
    change = float(await g(f.x).one() - await g(Masked(f.image, Everything(shape), baseline)).one())
    if change == 0:
        raise Undefined("the score is the same at the image and at the baseline")
    return abs(float(phi.double().sum()) - change) / abs(change)
