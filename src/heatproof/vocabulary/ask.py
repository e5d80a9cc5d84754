"""An answer that is not there yet: `await` it whole, or walk it part by part with `async for`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor

from heatproof.vocabulary.points import Rows
from heatproof.vocabulary.query import Query

T = TypeVar("T")
LARGE = 2**14
"""Values from which on terms are added up one at a time."""


class Asked(NamedTuple):
    """What the driver receives from a formula: a question, or several coroutines to run side by side."""

    query: Query | None = None
    tasks: tuple[Coroutine[Any, Any, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Part:
    """A stretch of a long answer: one value per point, and the points themselves, built when looked at."""

    value: Tensor
    rows: Callable[[], Rows]

    @property
    def z(self) -> Tensor:
        """The points (k, C, H, W)."""
        return self.rows().z

    @property
    def flat(self) -> Tensor:
        """The points as float64 numbers, one row for each."""
        return self.rows().flat

    @property
    def masks(self) -> Tensor:
        """The masks (k, 1 or C, H, W) of masked points."""
        masks = self.rows().masks
        assert masks is not None, "only masked points have masks"
        return masks

    @property
    def weights(self) -> Tensor:
        """The masks as float64 numbers, one row for each point."""
        return self.rows().weights


class Ask(Generic[T]):
    """Something to await. Nothing is evaluated before; using it without `await` says so."""

    def __init__(self, asked: Asked, finish: Callable[[Any], T]) -> None:
        self._asked, self._finish = asked, finish

    def __await__(self) -> Generator[Asked, Any, T]:
        return self._finish((yield self._asked))

    def __getattr__(self, name: str) -> Any:
        raise _unawaited(name)


@dataclass(frozen=True, eq=False)
class Series:
    """One tensor per point of a recipe: awaited it is the whole (n, ...) tensor, `async for` gives parts."""

    query: Query
    finish: Callable[[Tensor], Tensor]
    part: int

    def __await__(self) -> Generator[Asked, Any, Tensor]:
        return Ask[Tensor](Asked(self.query), lambda answer: self.finish(answer[0])).__await__()

    def __aiter__(self) -> Parts:
        return Parts(self)

    def __getattr__(self, name: str) -> Any:
        raise _unawaited(name)

    def each(self, of: Callable[[Tensor], Tensor]) -> Series:
        """The same questions, with `of` done to the values (k, ...) of every part."""
        return replace(self, finish=lambda answer: of(self.finish(answer)))

    async def one(self) -> Tensor:
        """The answer for a recipe of a single point, without the dimension of points."""
        answer: Tensor = (await self)[0]
        return answer

    async def mean(self, of: Callable[[Tensor, Tensor], Tensor] | None = None) -> Tensor:
        """E[of(value, z)] over the points, accumulated in float64; without `of`, the mean of the values."""
        total, dtype = torch.zeros(()), torch.float32
        async for part in self:
            term = part.value if of is None else of(part.value, part.z)
            dtype = term.dtype
            total = _added(total.to(term.device), term)
        return (total / len(self.query.points)).to(dtype)

    async def weighted_sum(self, weights: Tensor) -> Tensor:
        """sum_i weights[i] value[i], accumulated in float64."""
        total, dtype, start = torch.zeros(()), torch.float32, 0
        async for part in self:
            value = part.value
            w = weights[start : start + len(value)].to(value.device, torch.float64)
            start, dtype = start + len(value), value.dtype
            total = total.to(value.device) + torch.tensordot(w, value.double(), 1)
        return total.to(dtype)

    async def variance(self) -> Tensor:
        """Var[value] over the points (divided by n), by Chan's pairwise update: no cancellation."""
        count, mean, spread, dtype = 0, torch.zeros(()), torch.zeros(()), torch.float32
        async for part in self:
            dtype, more, value = part.value.dtype, len(part.value), part.value.double()
            centre = value.mean(0)
            shift = centre - mean.to(centre.device)
            spread = spread.to(centre.device) + (value - centre).square().sum(0)
            spread = spread + shift.square() * (count * more / (count + more))
            mean, count = mean.to(centre.device) + shift * (more / (count + more)), count + more
        return (spread / count).to(dtype)


class Parts:
    """The parts of a series in order; the engine needs room for one part, not for n points."""

    def __init__(self, series: Series) -> None:
        self.series, self.start = series, 0

    def __aiter__(self) -> Parts:
        return self

    def __anext__(self) -> Ask[Part]:
        s = self.series
        if self.start >= len(s.query.points):
            raise StopAsyncIteration
        start, self.start = self.start, min(self.start + s.part, len(s.query.points))
        query = Query(s.query.points, s.query.quantity, s.query.edits, start, self.start, s.query.origin)
        return Ask(Asked(query), lambda answer: Part(s.finish(answer[0]), answer[1]))


def _added(total: Tensor, terms: Tensor) -> Tensor:
    """total + the sum of the terms, in float64."""
    if terms.is_cuda or terms.numel() < LARGE * len(terms):
        return total + terms.sum(0, dtype=torch.float64)
    total = total + terms[0].double()  # one at a time: the sum stays in the cache, with no float64 copy of all terms
    for term in terms[1:]:
        total += term
    return total


def _unawaited(name: str) -> AttributeError:
    return AttributeError(f"this has not been evaluated yet: write `await` before using .{name}")


def together(tasks: Iterable[Coroutine[Any, Any, T]]) -> Ask[list[T]]:
    """Run coroutines side by side: their evaluations share batches. The results come in the order of the tasks."""
    return Ask(Asked(tasks=tuple(tasks)), list)
