"""Folds a prepared model, where its answers and gradients stay what they were."""

from __future__ import annotations

import torch
from torch import Tensor

from heatproof.models.folding import Folding, Places, again, places_of
from heatproof.models.memory import is_out_of_memory
from heatproof.models.room import Room

OUTPUTS = 1e-4
"""How far outputs may move, as a share of the largest."""
GRADIENTS = 1e-2
"""The same of gradients, in the Euclidean norm: a unit at its kink may fall on the other side."""


def fold(room: Room, probe: Tensor) -> None:
    """Fold what the probe (n, C, H, W) shows to be foldable; nothing where it would change what the model says.

    In float32 only: float64 is asked for where the last digits matter.
    """
    if room.dtype != torch.float32:
        return
    places = places_of(room.module, lambda: room.logits(probe[:2]))
    if not places.pairs and not places.rectifiers:
        return
    try:
        before = _answers(room, probe)
        room.folding = Folding.of(places)
        room.folding.install()
        kept = _agree(before, _answers(room, probe))
    except Exception as cause:  # no gradient, or one that fails: then there is nothing to compare
        if is_out_of_memory(cause):
            raise
        kept = False
    if not kept:
        unfold(room)


def fold_again(room: Room, places: Places) -> None:
    """Fold where an earlier look has found it possible; raises where somebody listens there by now."""
    room.folding = again(places)
    room.folding.install()


def unfold(room: Room) -> None:
    """The network as it was, for good."""
    room.folding.remove()
    room.folding = Folding()


def _answers(room: Room, probe: Tensor) -> tuple[Tensor, Tensor]:
    targets = torch.zeros(len(probe), dtype=torch.long, device=room.device)
    g, _ = room.gradient(probe, targets, "logit")
    return room.logits(probe), g


def _agree(before: tuple[Tensor, Tensor], after: tuple[Tensor, Tensor]) -> bool:
    """Near enough, and without an answer for the same images."""
    (y, g), (y2, g2) = before, after
    fine = torch.isfinite(y).all(1)
    if not torch.equal(fine, torch.isfinite(y2).all(1)) or not fine.any():
        return False
    y, y2, g, g2 = y[fine], y2[fine], g[fine].double(), g2[fine].double()
    near = (y - y2).abs().max() <= OUTPUTS * y.abs().max()
    return bool(near and (g - g2).norm() <= GRADIENTS * g.norm())
