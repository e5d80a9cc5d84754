"""One piece of work per image, in this process or shared out among copies of it; what comes out is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from heatproof.engine.driver import Job, Outcome
from heatproof.engine.workers import portable, share_out
from heatproof.study.crew import Share, one_thread, workers_for
from heatproof.study.session import Session


def outcomes_of(
    ready: Session,
    images: Tensor,
    job: Callable[[int], Job],
    workers: int | Literal["auto"],
    cores: int,
) -> list[Outcome]:
    """How job(i) ended for each image i of (N, C, H, W): with a number or a tensor. Within `threads_for(workers)`."""

    def run(
        places: Iterable[int], share: Share, look: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[int, Outcome]]:
        taken: list[int] = []

        def jobs() -> Iterator[Job]:
            for i in places:
                taken.append(i)
                yield job(i)

        shape = tuple(images.shape[1:])
        ready.room.remembers //= share.workers
        executor = ready.executor(ready.evaluator(), shape, look, workers=share.workers, images=share.images)
        yield from zip(taken, executor.run(jobs()), strict=True)

    many = len(images)
    several = min(workers_for(workers, ready.room.device, cores), many)
    if several <= 1:
        return [outcome for _, outcome in run(range(many), Share(1, many))]
    found: dict[int, Outcome] = {}

    def work(places: Iterator[int], send: Callable[[Any], None], look: Callable[[], None]) -> None:
        ended = run(places, Share(several, -(-many // several)), look)
        send({i: Outcome(_packed(o.value), portable(o.error)) for i, o in ended})

    def receive(worker: int, some: dict[int, Outcome]) -> None:
        found.update({i: Outcome(_unpacked(o.value), o.error) for i, o in some.items()})

    share_out(many, several, work, receive)
    return [found[i] for i in range(many)]


def threads_for(workers: int | Literal["auto"]) -> AbstractContextManager[int]:
    """As many threads for the pre-flight as for the work: what it finds depends on them. Gives how many there were."""
    return nullcontext(1) if workers == 1 else one_thread()


class _Bits(NamedTuple):
    """A tensor as numpy can hold it, which knows no bfloat16."""

    dtype: torch.dtype
    bits: NDArray[np.uint8]


def _packed(value: Any) -> Any:
    """A tensor would be sent as a handle to memory that ends with its process."""
    return _Bits(value.dtype, value.contiguous().view(torch.uint8).numpy()) if isinstance(value, Tensor) else value


def _unpacked(value: Any) -> Any:
    return torch.from_numpy(value.bits).view(value.dtype) if isinstance(value, _Bits) else value
