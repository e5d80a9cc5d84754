"""Which layer a class-activation map looks at when none is named: found from one forward of a probe batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from torch import Tensor, nn

from heatproof.models.memory import is_out_of_memory
from heatproof.models.room import Room

PATIENCE = 16
"""Layers that are tried when the outputs do not depend on the last ones."""


class Run(NamedTuple):
    """One call of a module: its name, itself, and the shape of its output without the batch."""

    name: str
    module: nn.Module
    shape: tuple[int, ...] | None

    @property
    def is_convolution(self) -> bool:
        """True for a convolution that answers with more than one pixel per channel."""
        shape = self.shape
        return isinstance(self.module, nn.Conv2d) and shape is not None and len(shape) == 3 and shape[1] * shape[2] > 1


def last_map(
    room: Room, probe: Tensor, outputs: Tensor, runs: Sequence[Run], spatial: Sequence[str]
) -> tuple[str | None, str | None]:
    """(last convolution, last layer that still has its resolution): before pooling and the classifier head.

    The second is behind the activation, and behind the sum or concatenation of branches, where these are layers. Of
    the convolutions those do not count that are the classifier themselves or that the outputs do not depend on.
    """
    found = list(islice(_candidates(runs, spatial, outputs.shape[1]), PATIENCE))
    for pair in found:
        if _matters(room, probe, outputs.argmax(1), pair[1]):
            return pair
    return found[0] if found else (None, None)


def _candidates(runs: Sequence[Run], spatial: Sequence[str], classes: int) -> Iterator[tuple[str, str]]:
    """From the last layer of the last convolution on to earlier ones; the classifier comes at the very end."""
    places = [i for i, run in enumerate(runs) if run.is_convolution]
    ends = dict(pairwise([*places, len(runs)]))
    backwards = places[::-1]
    if len(places) > 1 and _is_classifier(runs, places[-1], classes):
        backwards = [*backwards[1:], backwards[0]]
    for i in backwards:
        size = (runs[i].shape or ())[1:]
        for run in reversed(runs[i : ends[i]]):
            if run.name in spatial and run.shape and run.shape[1:] == size:
                # A convolution that runs twice has no map of its own.
                yield (runs[i].name if runs[i].name in spatial else run.name), run.name


def _is_classifier(runs: Sequence[Run], place: int, classes: int) -> bool:
    """One channel per class, and nothing with weights of its own behind it: its mean is the logit."""
    later = any(True for run in runs[place + 1 :] for _ in run.module.parameters(recurse=False))
    return (runs[place].shape or ())[:1] == (classes,) and not later


def _matters(room: Room, probe: Tensor, targets: Tensor, layer: str) -> bool:
    """Whether the outputs depend on what this layer answers."""
    try:
        _, g, _ = room.layer(probe, targets, "logit", layer)
    except Exception as cause:
        if is_out_of_memory(cause):
            raise
        return True  # without a gradient there is nothing to tell
    return bool((g != 0).any())
