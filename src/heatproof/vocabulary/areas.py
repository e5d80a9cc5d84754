"""Area under values that stand one apart. For an odd number of points there is one Simpson's rule, for an even two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from heatproof.vocabulary.settings import About

AreaRule = Literal["simpson", "simpson_scipy", "trapezoid"]
Area = Annotated[
    AreaRule,
    About(
        "quadrature; of an even number of points, simpson is the mean of the rule without the first and without the "
        "last interval, where the trapezoid steps in, and simpson_scipy corrects the last interval as SciPy does now"
    ),
]


def area_of(values: Sequence[float], rule: AreaRule) -> float:
    """Area under y_0 .. y_m at 0 .. m; 0 for a single value."""
    y = list(values)
    if rule == "trapezoid" or len(y) < 3:
        return _trapezoid(y)
    if len(y) % 2:
        return _simpson(y)
    if rule == "simpson":
        return (_simpson(y[:-1]) + _trapezoid(y[-2:]) + _trapezoid(y[:2]) + _simpson(y[1:])) / 2
    # The parabola through the last three points, over the last interval alone.
    return _simpson(y[:-1]) + (5 * y[-1] + 8 * y[-2] - y[-3]) / 12


def _trapezoid(y: Sequence[float]) -> float:
    return sum(y) - (y[0] + y[-1]) / 2


def _simpson(y: Sequence[float]) -> float:
    return (y[0] + 4 * sum(y[1:-1:2]) + 2 * sum(y[2:-1:2]) + y[-1]) / 3
