"""Other weights: the architecture stays as it is, the parameters of some layers are exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from heatproof.models.edits import carries_out
from heatproof.models.edits.exchange import Slot, exchanged, like, parameters_of, remembered
from heatproof.models.fresh import fresh_weights, noise_on_weights
from heatproof.models.room import Room
from heatproof.vocabulary.edits import Noised, Randomized, Retrained


@carries_out(Randomized, folding="anew")
def randomized(room: Room, edit: Randomized) -> AbstractContextManager[None]:
    """Fresh initial weights for the layers of the edit, and fresh running statistics where they are to be reset."""
    slots = []
    for name in edit.layers:
        layer = room.module.get_submodule(name)
        own = parameters_of(layer)
        slots += [Slot(layer, n, w) for (n, _), w in zip(own, _fresh(room, layer, name, edit.seed), strict=True)]
    if edit.statistics == "reset":
        slots += [slot for norm in _norms(room.module, edit.layers) for slot in _unlearned(norm)]
    return exchanged(slots)


@carries_out(Noised, folding="anew")
def noised(room: Room, edit: Noised) -> AbstractContextManager[None]:
    """Noise on the weights and biases of the layers of the edit."""
    slots = []
    for name in edit.layers:
        layer = room.module.get_submodule(name)
        for (n, p), e in zip(parameters_of(layer), _noise(room, layer, name, edit.seed), strict=True):
            size = edit.sigma * float(p.data.std(correction=0)) if edit.relative else edit.sigma
            slots.append(Slot(layer, n, p.data + size * e))
    return exchanged(slots)


@carries_out(Retrained, folding="anew")
def retrained(room: Room, edit: Retrained) -> AbstractContextManager[None]:
    """The parameters and buffers of a twin."""
    weights = room.twins[edit.twin]
    names = list(weights)
    parameters, buffers = room.module.named_parameters, room.module.named_buffers
    own = {**dict(parameters(remove_duplicate=False)), **dict(buffers(remove_duplicate=False))}
    there = remembered(room, ("twin", edit.twin), lambda: [like(own[n].data, weights[n]) for n in names])
    return exchanged(_slot(room.module, n, values) for n, values in zip(names, there, strict=True))


def _slot(module: nn.Module, name: str, values: Tensor) -> Slot:
    owner, _, own = name.rpartition(".")
    return Slot(module.get_submodule(owner), own, values)


def _fresh(room: Room, layer: nn.Module, name: str, seed: int) -> list[Tensor]:
    """Drawn once for each layer and seed, whatever edits it is part of."""

    def draw() -> list[Tensor]:
        drawn = fresh_weights(layer, name, seed)
        return [like(p.data, w) for (_, p), w in zip(parameters_of(layer), drawn, strict=True)]

    return remembered(room, ("fresh", name, seed), draw)


def _noise(room: Room, layer: nn.Module, name: str, seed: int) -> list[Tensor]:
    """The noise e of a layer, the same under every sigma."""

    def draw() -> list[Tensor]:
        drawn = noise_on_weights(layer, name, seed)
        return [like(p.data, e) for (_, p), e in zip(parameters_of(layer), drawn, strict=True)]

    return remembered(room, ("noise", name, seed), draw)


def _norms(module: nn.Module, layers: tuple[str, ...]) -> Iterator[nn.Module]:
    """Norms with running statistics among the layers; one without weights belongs to the layer defined before it."""
    before = ""
    for name, m in module.named_modules():
        if parameters_of(m):
            before = name
        if before in layers and isinstance(getattr(m, "running_mean", None), Tensor):
            yield m


def _unlearned(norm: nn.Module) -> Iterator[Slot]:
    """Mean 0 and variance 1, as a norm is born."""
    for name, born in (("running_mean", torch.zeros_like), ("running_var", torch.ones_like)):
        yield Slot(norm, name, born(norm.get_buffer(name)))
