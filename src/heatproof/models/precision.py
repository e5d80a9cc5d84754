"""The types in which a model computes: one for maps, and one for the plain forwards that metrics ask for."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from heatproof.models.memory import is_out_of_memory
from heatproof.models.room import Room
from heatproof.vocabulary.errors import problem

Precision = Literal["float32", "float64", "bfloat16"]
"""Of maps. Gradients in float16 vanish too easily, so it is for forwards only."""
Scores = Literal["float32", "float64", "bfloat16", "float16"]
COARSE = (
    "maps are computed in bfloat16, in which gradients rank pixels differently from float32 (correlation near .8): "
    "give compute.scores: bfloat16 and leave compute.maps at float32"
)


def own_type(module: nn.Module) -> torch.dtype:
    """The type of a model's parameters; float32 where it has none."""
    return next((p.dtype for p in module.parameters()), torch.float32)


def types_of(precision: Precision | None, own: torch.dtype) -> tuple[torch.dtype, torch.dtype | None]:
    """The type of weights and points, and that of autocast; without a precision the type of the model's own weights."""
    dtypes = {None: own, "float32": torch.float32, "float64": torch.float64, "bfloat16": torch.float32}
    if precision not in dtypes:
        valid = ", ".join(name for name in dtypes if name)
        raise problem("HP105", setting="precision", value=repr(precision), valid=valid)
    return dtypes[precision], torch.bfloat16 if precision == "bfloat16" else None


def scores_for(room: Room, scores: Scores | None) -> str:
    """What a question for scores has to say: nothing where their type is that of the maps. Raises HP240."""
    maps = _name(room.autocast or room.dtype)
    if scores is None or scores == maps:
        return ""
    if scores not in ("float32", "float64", "bfloat16", "float16"):
        raise problem("HP105", setting="scores", value=repr(scores), valid="float32, float64, bfloat16, float16")
    if room.dtype != torch.float32 or scores == "float64":
        raise problem("HP240", scores=scores, maps=maps)
    return scores


def check_scores(room: Room, probe: Tensor, outputs: Tensor, scores: str) -> None:
    """Raise HP241 where forwards in this type fail on the device, or lose answers that the maps' type has."""
    if not scores:
        return
    try:
        found = room.logits(probe, scores)
    except Exception as cause:
        if is_out_of_memory(cause):
            raise
        first = (str(cause).splitlines() or [""])[0]
        raise problem("HP241", scores=scores, cause=f"{type(cause).__name__}: {first[:200]}") from cause
    lost = torch.isfinite(outputs).all(1) & ~torch.isfinite(found).all(1)
    if lost.any():
        raise problem("HP241", scores=scores, cause=f"NaN or infinity for {int(lost.sum())} of {len(lost)} images")


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
