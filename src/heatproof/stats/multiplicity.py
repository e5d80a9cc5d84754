"""Many tests at once: Holm's step-down correction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def holm(p: Sequence[float]) -> NDArray[Any]:
    """Sorted upwards, p_(i) -> max over j <= i of min(1, (m - j + 1) p_(j)); in the order given.

    Holm rather than a false discovery rate: the verdict names single winners, and none of the names should be wrong.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.minimum(1.0, values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


def smallest_p(count: int) -> float:
    """The smallest one-sided p that a signed-rank test of so many images can show: all of them agree."""
    return 0.5**count
