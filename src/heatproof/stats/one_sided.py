"""One-sided tests of paired differences: do they lie above zero?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc, stdtr

from heatproof.stats.paired import signed_rank

Array = NDArray[Any]
Test = Literal["wilcoxon", "t_test", "sign_test"]


def t_test(apart: Array) -> float:
    """Student's test: P(T >= mean / (sd / sqrt n)), T of n - 1 degrees of freedom.

    Differences that are all equal leave nothing to doubt: 0 where they are positive, else 1.
    """
    count, mean = len(apart), float(apart.mean()) if len(apart) else 0.0
    spread = float(apart.std(ddof=1)) if count > 1 else 0.0
    if count < 2 or spread <= 1e-14 * abs(mean):
        return 0.0 if count > 1 and mean > 0 else 1.0
    return float(stdtr(count - 1, -mean / spread * np.sqrt(count)))


def sign_test(apart: Array) -> float:
    """P(at least so many of n fair coins are positive); zero differences speak for neither side and are left out."""
    moved = apart[apart != 0]
    above = int((moved > 0).sum())
    return float(bdtrc(above - 1, len(moved), 0.5)) if above else 1.0


TESTS: Mapping[Test, Callable[[Array], float]] = {
    "wilcoxon": lambda apart: signed_rank(apart).greater,
    "t_test": t_test,
    "sign_test": sign_test,
}
"""Differences -> p that they lie above zero."""


def two_sided(apart: Array, test: Test) -> float:
    """Two-sided p of any of the tests."""
    return min(1.0, 2 * min(TESTS[test](apart), TESTS[test](-apart)))
