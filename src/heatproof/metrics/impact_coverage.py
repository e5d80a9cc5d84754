"""Impact coverage: does the map point at the patch that fools the model?"""

from collections.abc import Iterator
from typing import Annotated, Literal

import torch
from torch import Tensor

from heatproof.vocabulary.errors import Undefined, problem
from heatproof.vocabulary.evidence import overlap
from heatproof.vocabulary.explain import Explain
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.paper import Paper
from heatproof.vocabulary.patch import Pasted, Patch
from heatproof.vocabulary.reading import Curve, Reading
from heatproof.vocabulary.registry import metric
from heatproof.vocabulary.rehearsal import made_up_in_rehearsal
from heatproof.vocabulary.rng import stream
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.settings import About, Sign


@metric(
    family="localisation",
    better="higher",
    invariant_to=("scale", "order"),
    bounds=(0.0, 1.0),
    stops_early=True,
    paper=Paper(
        "Lin, Zhong Qiu and Shafiee, Mohammad Javad and Bochkarev, Stanislav and St. Jules, Michael and "
        "Wang, Xiao Yu and Wong, Alexander",
        "Do Explanations Reflect Decisions? A Machine-centric Strategy to Quantify the Performance of Explainability "
        "Algorithms",
        2019,
        "NeurIPS Workshop on Human-Centric Machine Learning",
        "arXiv:1910.07387",
    ),
    presets={
        "attribench2022": {"tries": 51, "unit": "pixel", "failed": "keep", "sign": "signed"},
        "attribench2024": {"tries": 51, "unit": "value", "failed": "keep", "sign": "signed"},
    },
)
async def impact_coverage(
    f: Score,
    explain: Explain,
    patches: tuple[Patch, ...],
    *,
    tries: Annotated[int, About("patches and places that are tried until the model is fooled", 1, 100_000)] = 51,
    unit: Annotated[
        Literal["pixel", "value"], About("what is ranked: pixels, by the sum over channels, or single values")
    ] = "pixel",
    failed: Annotated[
        Literal["undefined", "keep"], About("an image that no try fools has no value, or that of the last try")
    ] = "undefined",
    sign: Sign = "signed",
) -> Reading:
    """IoU(P, T): P the patch on x that makes the model see its class c, T the |P| largest values of c's map there.

    Every method has to explain the same attacked image. Beside the value stands after how many tries the model was
    fooled. A random map has q / (2 - q) for a patch over the share q of the image.
    """
    foreign = [p.target for p in patches if p.target >= f.model.outputs]
    if foreign:
        valid = f"patches for classes from 0 to {f.model.outputs - 1}"
        raise problem("HP105", setting="patches", value=f"one for class {foreign[0]}", valid=valid)
    predicted = _class_of(await f.outputs(f.x).one())
    usable = tuple(p for p in patches if p.target not in (predicted, f.target))
    if not usable:
        raise Undefined("every patch is made for the class that this image has anyway")
    for n in _more(tries):
        pasted = Pasted(f.image, usable, n)
        hit = _first_hit(await f.outputs(pasted), pasted)
        if hit < n:
            break
    if failed == "undefined" and _is_over(hit, tries):
        raise Undefined(f"no patch fools the model in {tries} tries")
    i = min(hit, tries - 1)
    phi = await explain(f.at(pasted, i).retargeted(pasted.patch(i).target))
    heat = phi.sum(0, keepdim=True, dtype=torch.float64) if unit == "pixel" else phi.double()
    patch = pasted.covered(i).expand_as(heat)
    value = overlap(_top(heat.abs() if sign == "absolute" else heat, int(patch.sum()), f.image), patch)
    fooled = [float(k >= hit) for k in range(tries)]
    return Reading(value, {"fooled": Curve(fooled, range(1, tries + 1), "tries", "the model is fooled")})


def _more(tries: int) -> Iterator[int]:
    """4, 8, 16, .., tries: each question contains the one before."""
    n = 4
    while n < tries:
        yield n
        n *= 2
    yield tries


@made_up_in_rehearsal(-1)
def _class_of(outputs: Tensor) -> int:
    """The class that the model sees. A plan counts what it costs when no patch is made for it."""
    return int(outputs.argmax())


@made_up_in_rehearsal(1_000_000)
def _first_hit(outputs: Tensor, pasted: Pasted) -> int:
    """The first point at which the model sees the class of the patch; beyond the last where there is none."""
    seen = outputs.argmax(1).tolist()
    return next((i for i, k in enumerate(seen) if k == pasted.patch(i).target), len(seen))


@made_up_in_rehearsal(False)
def _is_over(hit: int, tries: int) -> bool:
    """Nothing fooled the model. A plan counts what it costs when the last try does."""
    return hit >= tries


def _top(heat: Tensor, count: int, image: Image) -> Tensor:
    """The places of the largest values, ties in a random order of the image."""
    values = heat.flatten()
    if not torch.isfinite(values).all():
        raise Undefined("the map holds values that are not finite")
    shuffled = torch.randperm(len(values), generator=stream(image.seed, image.id, "ties")).to(values.device)
    first = shuffled[values[shuffled].argsort(descending=True, stable=True)[:count]]
    return torch.zeros_like(values, dtype=torch.bool).index_fill_(0, first, True).view_as(heat)
