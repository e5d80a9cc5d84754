"""A contract that does not hold."""

from __future__ import annotations

import torch
from torch import Tensor


class Broken(AssertionError):  # noqa: N818 - a finding, not a failure of the check
    """What was expected, and what came instead."""

    def __init__(self, expected: str, came: str) -> None:
        self.expected, self.came = expected, came
        super().__init__(f"expected {expected}; came {came}")


class Absent(Exception):  # noqa: N818 - not a failure
    """Nothing to check here; the reason, in words."""


def expect(holds: bool | Tensor, expected: str, came: str) -> None:
    """Raise Broken unless it holds."""
    if not bool(holds):
        raise Broken(expected, came)


def same(a: Tensor, b: Tensor) -> bool:
    """Equal to the bit; undefined values are equal to each other."""
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(_filled(a), _filled(b))


def close(a: Tensor, b: Tensor, tolerance: float, floor: float = 0.1) -> bool:
    """Within a tolerance relative to the largest value (at least `floor`), undefined alike."""
    if a.shape != b.shape or not torch.equal(a.isnan(), b.isnan()):
        return False
    a, b = a.double().nan_to_num(), b.double().nan_to_num()
    return float((a - b).abs().max()) <= tolerance * max(float(a.abs().max()), floor)


def expect_same(found: Tensor, wanted: Tensor, expected: str) -> None:
    """Raise Broken unless both are equal to the bit."""
    expect(same(found, wanted), expected, difference(found, wanted))


def expect_close(found: Tensor, wanted: Tensor, tolerance: float, expected: str, floor: float = 0.1) -> None:
    """Raise Broken unless both agree within a tolerance, relative to the largest value."""
    expect(close(found, wanted, tolerance, floor), expected, difference(found, wanted))


def difference(found: Tensor, wanted: Tensor) -> str:
    """How two tensors differ, in words."""
    if found.shape != wanted.shape:
        return f"shape {tuple(found.shape)} instead of {tuple(wanted.shape)}"
    if not torch.equal(found.isnan(), wanted.isnan()):
        return f"{int(found.isnan().sum())} undefined values instead of {int(wanted.isnan().sum())}"
    a, b = found.double().nan_to_num(), wanted.double().nan_to_num()
    if torch.equal(a, b):
        return f"{found.dtype} instead of {wanted.dtype}"
    largest, off = float(b.abs().max()), float((a - b).abs().max())
    many = f"{int((a != b).sum())} of {a.numel()} values differ"
    return f"{many}, by up to {off:.2g} where the largest is {largest:.2g}"


def _filled(t: Tensor) -> Tensor:
    return t.nan_to_num(nan=12345.0) if t.is_floating_point() else t
