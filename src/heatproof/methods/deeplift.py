"""DeepLIFT: what the difference of each value from a baseline adds to the difference of the score."""

from typing import Annotated

from torch import Tensor

from heatproof.vocabulary.edits import Rescale
from heatproof.vocabulary.fills import fill_for
from heatproof.vocabulary.pairs import Paired
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Baseline, LinkChoice

ZERO = {"baseline": "zero"}
"""Images of zeros are what these see where no baseline is given, behind the model's normalisation."""


@method(
    family="modified backward",
    axioms=("linearity", "dummy", "symmetry"),
    complete=True,
    needs=("rescale rule",),
    presets={"captum": ZERO, "attribench2022": ZERO, "attribench2024": ZERO},
    paper=Paper(
        "Shrikumar, Avanti and Greenside, Peyton and Kundaje, Anshul",
        "Learning Important Features Through Propagating Activation Differences",
        2017,
        "ICML",
        "arXiv:1704.02685",
    ),
)
async def deeplift(
    f: Score,
    *,
    baseline: Baseline = 0.0,
    link: LinkChoice = "logit",
    multiply_by_inputs: Annotated[bool, About("multiply the multipliers by x - b")] = True,
) -> Tensor:
    """(x - b) * m, the multipliers m of the rescale rule: sum (x - b) m = f(x) - f(b).

    m of one function of one value is (change of the output) / (change of the input), chained like derivatives. Sums
    pass differences on; the change of a maximum goes to where the larger maximum is; factors share the change of
    their product equally; softmax, norms and attention are explained by their parts. Undefined where the parts do not
    add up, and refused for functions without a rule.
    """
    b = fill_for(f.image, baseline)
    pair = Paired(f.image, b.pixels[None], (0,), b.key)
    m = await f.linked_by(link).edited(Rescale()).grad(pair).one()
    return (f.image.x - b.pixels) * m if multiply_by_inputs else m
