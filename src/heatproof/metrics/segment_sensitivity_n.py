"""Sensitivity-n on superpixels: does the relevance of a set of segments tell how far the score falls without it?"""

from typing import Annotated, Literal

from torch import Tensor

from heatproof.metrics.sensitivity_n import correlations, over_sizes, sizes_between
from heatproof.vocabulary.ask import together
from heatproof.vocabulary.coalitions import RandomSegments
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.points import Masked
from heatproof.vocabulary.reading import Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.segments import Segmentation, segmented
from heatproof.vocabulary.settings import About, Draw, LinkChoice, Removal

Part = Annotated[float, About("share of the image's segments", 0.0, 1.0)]
ATTRIBENCH = {"relevance": "mean", "of": "asked", "fill": "zero"}


@metric(
    family="faithfulness",
    better="higher",
    invariant_to=("scale",),
    bounds=(-1.0, 1.0),
    paper=Paper(
        "Gevaert, Arne and Rousseau, Axel-Jan and Becker, Thijs and Valkenborg, Dirk and De Bie, Tijl and Saeys, Yvan",
        "Evaluating Feature Attribution Methods in the Image Domain",
        2024,
        "Machine Learning",
        "doi:10.1007/s10994-024-06550-x",
    ),
    presets={"attribench2022": ATTRIBENCH | {"subsets": 10}, "attribench2024": ATTRIBENCH},
)
async def segment_sensitivity_n(
    f: Score,
    phi: Tensor,
    *,
    segments: Segmentation = 100,
    low: Part = 0.1,
    high: Part = 0.5,
    sizes: Annotated[int, About("number of sizes", 1, 1000)] = 10,
    of: Annotated[
        Literal["found", "asked"], About("shares of the segments that the image has, or of those that were asked for")
    ] = "found",
    subsets: Annotated[int, About("random sets of each size", 2, 1_000_000)] = 100,
    relevance: Annotated[
        Literal["sum", "mean"], About("of a segment: the sum of the map over its pixels, or their mean")
    ] = "sum",
    fill: Removal = "black",
    link: LinkChoice = "logit",
    draw: Draw = 0,
) -> Reading:
    """Pearson correlation over sets S of n segments of sum_S phi and f(x) - f(x without S); mean over sizes n."""
    cut, g = segmented(f.image, segments), f.linked_by(link)
    places = segments if of == "asked" and isinstance(segments, int) else cut.count
    counts = sizes_between(low, high, sizes, places)
    if counts[-1] >= cut.count:
        raise Undefined(f"sets of {counts[-1]} segments need an image with more than {cut.count}")
    worth = (cut.sums(phi) if relevance == "sum" else cut.sums(phi) / cut.sizes).cpu()
    fx, drawn = (await g(f.x).one()).double(), f.image.redrawn(draw)

    async def sums(size: int) -> tuple[Tensor, Tensor]:
        sets = RandomSegments(drawn, cut, size, subsets)
        scores = (await g(Masked(f.image, sets, fill))).double()
        return sets.absent(0, subsets).double() @ worth, fx - scores

    found = correlations(await together(sums(size) for size in counts))
    return over_sizes("segment_sensitivity_n", found, [c / cut.count for c in counts], "share of segments in a set")
