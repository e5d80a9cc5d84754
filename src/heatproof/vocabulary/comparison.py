"""One map against many other maps of the same image, under several similarities: small maps are compared together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rehearsal import made_up_in_rehearsal
from heatproof.vocabulary.similarity import Map, Similarity, within_one
from heatproof.vocabulary.views import Maps

Values = list[float | None]
"""One for each of the other maps; None where there is none."""
EQUAL = "equal pixels"
"""The share of pixels whose values are exactly equal: where they tie in both maps, ranks agree whatever the model."""
NOTHING: dict[str, Map] = {}
BLOCK = 2**16
"""Numbers that are seen at a time: small maps together, large ones alone, so that they stay in the cache."""


class Comparison:
    """phi against others, by the names of the similarities, and EQUAL."""

    def __init__(self, image: Image, phi: Tensor, similarities: Mapping[str, Similarity]) -> None:
        self._image, self._phi, self._similarities = image, phi, similarities
        self._seen: dict[str, Maps] = {}
        """phi as each similarity sees it, and its sum over channels."""

    def with_each(self, others: Sequence[Tensor | None]) -> dict[str, Values]:
        """How alike phi and each of these maps are; None for a map that is missing or cannot be compared."""
        there = [(i, m) for i, m in enumerate(others) if m is not None]
        values: dict[str, Values] = {name: [None] * len(others) for name in (*self._similarities, EQUAL)}
        size = max(1, BLOCK // self._phi.numel())
        for start in range(0, len(there), size):
            places, maps = zip(*there[start : start + size], strict=True)
            found = self._found(maps)
            for name, listed in values.items():
                alike = found.get(name, np.full(len(places), 0.5))
                for i, value in zip(places, alike, strict=True):
                    listed[i] = float(value) if np.isfinite(value) else None
        return values

    @made_up_in_rehearsal(NOTHING)
    def _found(self, others: Sequence[Tensor]) -> dict[str, Map]:
        """NaN where there is no value. Nothing in the dry run, which only asks."""
        # phi is looked at together with the first of the others.
        raw = _stacked(others if self._seen else [self._phi, *others])
        finite = np.atleast_1d(np.isfinite(raw).all((1, 2, 3)))
        if not (self._seen or finite[0]):
            raise Undefined("the map holds values that are not finite")
        raw[~finite] = 0.0
        maps = within_one(raw)
        views = {name: self._view(s, maps) for name, s in self._similarities.items()}
        views[EQUAL] = raw.sum(1)
        if not self._seen:
            self._seen = {name: view[0] for name, view in views.items()}
            views, finite = {name: view[1:] for name, view in views.items()}, finite[1:]
        found = {name: s.compare(self._seen[name], views[name]) for name, s in self._similarities.items()}
        found[EQUAL] = (views[EQUAL] == self._seen[EQUAL]).mean((1, 2))
        return {name: np.where(finite, values, np.nan) for name, values in found.items()}

    def _view(self, similarity: Similarity, maps: Maps) -> Maps:
        if not similarity.nonzero:
            return similarity.view(maps)
        inside = (self._image.x != 0).any(0).cpu().numpy()
        if inside.sum() < 2:
            return np.full((len(maps), 1), np.nan)
        return similarity.view(np.ascontiguousarray(maps[..., inside])[..., None, :])


def _stacked(maps: Sequence[Tensor]) -> Maps:
    stack: Maps = np.stack([m.detach().cpu().double().numpy() for m in maps])
    return stack
