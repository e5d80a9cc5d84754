"""Explaining again, and comparing: what the metrics of randomization and robustness have in common."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor

from heatproof.vocabulary.ask import together
from heatproof.vocabulary.comparison import EQUAL, Comparison, Values
from heatproof.vocabulary.errors import Undefined
from heatproof.vocabulary.reading import Curve
from heatproof.vocabulary.score import Score
from heatproof.vocabulary.similarity import Similarity, similarity

Maker = Callable[[], Coroutine[Any, Any, Tensor]]
"""Makes a map when called and awaited."""
SHOWN = ("spearman", "absolute_spearman", "ssim", "hog")
"""Similarities that are reported beside the one that the value is made of."""
HELD = 16 * 2**20
"""Bytes of maps that are held at a time, if that is at least eight maps."""
FLOOR = "noise floor"
"""The curve of how alike the map is to itself when it is made again with other noise, for each similarity."""


def shown(name: str, top: float) -> dict[str, Similarity]:
    """The similarity of the value, and those that are reported beside it."""
    return {n: similarity(n, top) for n in dict.fromkeys((name, *SHOWN))}


async def likeness(
    f: Score,
    phi: Tensor,
    makers: Sequence[Maker],
    similarities: Mapping[str, Similarity],
    pictures: Pictures | None = None,
) -> dict[str, Values]:
    """By similarity, and for EQUAL: how alike phi and the map of each maker are; None where there is no value.

    `pictures` takes the maps of the makers that it names, where the score asks for them.
    """
    comparison = Comparison(f.image, phi, similarities)
    values: dict[str, Values] = {name: [] for name in (*similarities, EQUAL)}
    size = held_maps(phi)
    for start in range(0, len(makers), size):
        maps = await together(attempt(make) for make in makers[start : start + size])
        if pictures is not None and f.pictured:
            pictures.take(start, maps)
        for name, found in comparison.with_each(maps).items():
            values[name] += found
    return values


class Pictures(dict[str, Tensor]):
    """Maps by name, in the order in which they are made; `names` says what each maker's map is called."""

    def __init__(self, names: Mapping[int, Sequence[str]]) -> None:
        super().__init__()
        self._names = names

    def take(self, start: int, maps: Sequence[Tensor | None]) -> None:
        """Keep what has a name among the maps of makers start, start + 1, .."""
        for place, phi in enumerate(maps, start):
            if phi is not None:
                self.update(dict.fromkeys(self._names.get(place, ()), phi))


def held_maps(phi: Tensor) -> int:
    """How many maps like phi are made side by side."""
    return max(8, HELD // (phi.numel() * phi.element_size()))


async def attempt(make: Maker) -> Tensor | None:
    """The map, or None where there is none."""
    try:
        return await make()
    except Undefined:
        return None


def floor_curve(values: Mapping[str, float | None]) -> Curve:
    """The noise floor under every similarity, that of the value first."""
    names = tuple(name for name in values if name != EQUAL)
    return Curve([values[n] for n in names], range(len(names)), "similarity", "phi against itself", names)


def average(values: Iterable[float | None]) -> float | None:
    """The mean of those that are there."""
    there = [v for v in values if v is not None]
    return sum(there) / len(there) if there else None
