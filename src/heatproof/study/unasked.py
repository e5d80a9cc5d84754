"""Values of metrics that look at the map alone: there is nothing to ask a model, and none is prepared."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from heatproof.engine.driver import Outcome
from heatproof.models.precision import Precision, own_type, types_of
from heatproof.study.extras import Extras
from heatproof.study.given import given_boxes, given_maps
from heatproof.study.units import Reader
from heatproof.vocabulary.facts import ModelFacts
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.score import Score

NOBODY = ModelFacts(outputs=0, layers=(), spatial=(), spatial_layer=None)


def asks(reader: Reader) -> bool:
    """Does this metric ask a model, or explain again?"""
    return bool({"f", "explain"} & set(reader.formula.ingredients))


def read_maps(  # noqa: PLR0917 - what is read, of what, and where
    reader: Reader,
    maps: object,
    images: Tensor,
    module: nn.Module,
    device: torch.device,
    precision: Precision | None,
    *,
    boxes: Sequence[Tensor] | None,
    seed: int,
) -> list[Outcome]:
    """How the reading of each map (C, H, W) ended, in the type that maps of this model have."""
    dtype, _ = types_of(precision, own_type(module))
    given = Extras(boxes=boxes is not None)
    given.check(reader.formula, "this call")
    phi, each = given_maps(maps, images).to(device, dtype), given_boxes(boxes, len(images))
    outcomes = []
    for x, one, box in zip(images.to(phi), phi, each, strict=True):
        f = Score(Image.of(x, seed), 0, NOBODY, extras=given.for_image(box))
        outcomes.append(_ended(reader, f, one))
    return outcomes


def _ended(reader: Reader, f: Score, phi: Tensor) -> Outcome:
    job = reader(f, phi, None)
    try:
        job.send(None)
    except StopIteration as end:
        return Outcome(float(end.value.value))
    except Exception as error:
        return Outcome(error=error)
    raise AssertionError(f"{reader.formula.name} waits, though it asks nobody")
