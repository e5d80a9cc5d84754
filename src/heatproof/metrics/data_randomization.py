"""Data randomization: does the map change when the model has learned labels that mean nothing?"""

from functools import partial

from torch import Tensor

from heatproof.metrics.parameter_randomization import ADEBAYO
from heatproof.vocabulary.comparison import EQUAL
from heatproof.vocabulary.edits import Retrained
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.explain import Explain
from heatproof.vocabulary.facts import RANDOM_LABELS
from heatproof.vocabulary.likeness import FLOOR, Pictures, floor_curve, likeness, shown
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.seen import retargeted, seen_classes
from heatproof.vocabulary.settings import Explained, SimilarityChoice, Top


@metric(
    family="randomization",
    better="lower",
    bounds=(-1.0, 1.0),
    invariant_to=("scale",),
    needs=(RANDOM_LABELS,),
    paper=ADEBAYO,
    pictures=True,
)
async def data_randomization(
    f: Score,
    phi: Tensor,
    explain: Explain,
    *,
    similarity: SimilarityChoice = "spearman",
    explained: Explained = "original",
    top: Top = 0.1,
) -> Reading:
    """The similarity of phi and the map by a twin of the model that was trained on random labels.

    Every similarity is given, with its noise floor: phi against itself, made with other noise.
    """
    if RANDOM_LABELS not in f.model.twins:
        raise Undefined("no twin of the model that was trained on random labels is known")
    twin = f.edited(Retrained(RANDOM_LABELS))
    if explained == "new":
        (twin,) = retargeted([twin], await seen_classes([twin]))
    makers = [partial(explain, f.reseeded(f.image.seed + 1)), partial(explain, twin)]
    pictures = Pictures({1: [RANDOM_LABELS]})
    found = await likeness(f, phi, makers, shown(similarity, top), pictures)
    values = {name: after for name, (_, after) in found.items() if name != EQUAL}
    equal = found[EQUAL][1]
    curves = {
        "similarities": Curve(list(values.values()), range(len(values)), "similarity", "value", tuple(values)),
        EQUAL: Curve([equal], [1], "random labels", "share of pixels"),
        FLOOR: floor_curve({name: floor for name, (floor, _) in found.items()}),
    }
    value = values[similarity]
    if value is None:
        raise Undefined("the map is constant, or is so on the model with random labels")
    return Reading(value, curves, pictures)
