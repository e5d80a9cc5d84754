"""Control: the image itself. What looks like the image need not say anything about the model."""

from torch import Tensor

from heatproof.vocabulary.registry import method
from heatproof.vocabulary.score import Score


@method(family="control", control=True)
async def input(f: Score) -> Tensor:
    """x, the pixel values."""
    return f.image.x.clone()
