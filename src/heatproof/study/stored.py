"""Maps and images of a run folder, loaded when they are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatproof.store.store import Store
from heatproof.vocabulary.errors import StorageError

Array = NDArray[Any]
PIXELS = "pixels"
"""The method under which the images themselves are kept."""


@dataclass(frozen=True)
class StoredMaps:
    """(method key, image id) -> the map (C, H, W), or None where there is none."""

    folder: Path
    keys: Mapping[str, str]
    """image id -> image key"""

    def __call__(self, method: str, image: str) -> Array | None:
        with Store.read(self.folder) as store:
            return _map(store, self.keys[image], method)


def _map(store: Store, image: str, method: str) -> Array | None:
    try:
        return store.load_map(image, method)
    except StorageError:  # damaged: the next run computes it again, and the others can still be shown
        return None


@dataclass(frozen=True)
class StoredNotes:
    """method key -> what it noted about the map of each image, in the order of the images; {} where it did not."""

    folder: Path
    images: tuple[str, ...]
    """image keys"""

    def __call__(self, method: str) -> tuple[dict[str, float], ...]:
        with Store.read(self.folder) as store:
            return tuple(_notes(store, image, method) for image in self.images)


def _notes(store: Store, image: str, method: str) -> dict[str, float]:
    try:
        return store.load_notes(image, method)
    except StorageError:  # damaged, like a map
        return {}


def album(method: str, metric: str) -> str:
    """The key under which is noted that the maps which a metric made beside phi are stored."""
    return f"{method}/{metric}"


def picture(name: str, place: int, called: str) -> str:
    """The key of one of the maps of an album, in the place of a method's."""
    return f"{name}/{place:04d} {called}"


@dataclass(frozen=True)
class StoredPictures:
    """(metric key, method key, image id) -> the maps (C, H, W) that the metric made beside phi, by name, in order."""

    folder: Path
    keys: Mapping[str, str]
    """image id -> image key"""

    def __call__(self, metric: str, method: str, image: str) -> dict[str, Array]:
        name = album(method, metric) + "/"
        there = [key for owner, key in self._there if owner == self.keys[image] and key.startswith(name)]
        with Store.read(self.folder) as store:
            maps = {key: _map(store, self.keys[image], key) for key in there}
        return {key[len(name) :].partition(" ")[2]: phi for key, phi in maps.items() if phi is not None}

    @cached_property
    def _there(self) -> list[tuple[str, str]]:
        """(image key, key of a picture) of every picture of the run: the store is searched once for all figures."""
        with Store.read(self.folder) as store:
            return sorted((image, key) for image, key in store.finished_maps() if "/" in key)


@dataclass(frozen=True)
class StoredPixels:
    """() -> the image as (H, W, 3) uint8; values outside [0, 1] are scaled to their own range."""

    folder: Path
    key: str

    def __call__(self) -> Array:
        with Store.read(self.folder) as store:
            x = _map(store, self.key, PIXELS)
        if x is None:
            return np.zeros((1, 1, 3), np.uint8)
        low, high = float(x.min()), float(x.max())
        if low < 0 or high > 1:
            x = (x - low) / ((high - low) or 1.0)
        rows = x.transpose(1, 2, 0)
        rows = rows[..., :3] if rows.shape[2] >= 3 else np.repeat(rows[..., :1], 3, 2)
        return (rows * 255).round().astype(np.uint8)
