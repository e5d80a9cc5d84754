"""Control: a map that looks at nothing. A metric that ranks it high is not to be trusted."""

from torch import Tensor

from heatproof.vocabulary.registry import method
from heatproof.vocabulary.rng import draw
from heatproof.vocabulary.score import Score


@method(family="control", control=True)
async def random(f: Score) -> Tensor:
    """U(-1, 1) for every value."""
    image = f.image
    return 2 * draw((image.seed, image.id, "random map"), 0, 1, image.x, "uniform")[0] - 1
