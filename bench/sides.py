"""One metric on both sides, and the values that the other side should have given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from cases import Case, differ
from torch import Tensor


@dataclass
class Row:
    """What heatproof's `score` is called with, and how a call of the peer is prepared."""

    metric: str
    toolkit: str
    peer: str
    prepare: Callable[[Case, Tensor], Callable[[], Any]]
    """(case, maps) -> the call that is timed; what a user has at hand before it (arrays, data sets) is made here."""
    settings: dict[str, Any] = field(default_factory=dict)
    expected: Callable[[Case, Any], Tensor] | None = None
    """(case, what the peer gave) -> our values (N,); None where the numbers of both are drawn."""
    images: int | None = None
    note: str = ""


def apart(row: Row, c: Case, ours: Tensor, theirs: Any) -> float:
    """The largest difference of a value, as a share of the largest value."""
    assert row.expected
    return differ(ours, torch.as_tensor(np.asarray(row.expected(c, theirs), dtype=float)))


def probability(c: Case) -> Tensor:
    """Softmax probabilities (N,) of the explained classes."""
    with torch.no_grad():
        return c.model(c.images).softmax(1).gather(1, c.targets[:, None])[:, 0].double()


def area(c: Case, curves: Any) -> Tensor:
    """Trapezoidal areas (N,) under curves of probabilities that leave the whole image out."""
    curves = torch.as_tensor(np.asarray(curves, dtype=float))
    return torch.trapezoid(torch.cat([probability(c)[:, None], curves], 1), dim=1) / curves.shape[1]
